functions::program! {
    "authorizer",
}
