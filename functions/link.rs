//! How release programs are linked.

fn main() {
    println!("cargo::rerun-if-changed=../link.rs");
    // At a fixed address: else up to 1.4 MB of pointers are written anew at each start, 15 % of a cold start's processor time.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
