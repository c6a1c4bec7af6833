functions::lambda!();
