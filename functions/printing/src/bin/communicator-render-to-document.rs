functions::lambda!(printing::press());
