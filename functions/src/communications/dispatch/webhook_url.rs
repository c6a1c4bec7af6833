//! Where a webhook may be, as far as its address says. What its name leads to is seen when it is called.

use std::net::{Ipv4Addr, Ipv6Addr};

use domain::formats::Verdict;
use url::{Host, Url};

/// Characters of an address: as many as servers take.
const LONGEST: usize = 2_048;

/// Names that lead into a machine or a network of one's own (RFC 6761, 6762 and 8375; ICANN on `internal`, 2024).
const PRIVATE: [&str; 4] = ["localhost", "local", "home.arpa", "internal"];

/// An https URL whose host is not on a network of its own, and which holds no password.
pub fn public(text: &str) -> Verdict {
    let url = Url::parse(text).ok().filter(|url| {
        text.len() <= LONGEST
            && url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
    });
    let is_public = url.as_ref().and_then(Url::host).is_some_and(|host| match host {
        Host::Domain(name) => is_public_name(name),
        Host::Ipv4(address) => is_public_v4(address),
        Host::Ipv6(address) => is_public_v6(address),
    });
    match is_public {
        true => Ok(()),
        false => {
            Err("is a public https URL without user name, such as https://hooks.example.com/messages".into())
        }
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_below =
        |top: &str| name.strip_suffix(top).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !PRIVATE.into_iter().any(is_below)
}

/// RFC 6890, as far as addresses of it are not reached over the Internet.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_benchmark = first == 198 && (second == 18 || second == 19);
    let is_reserved = first == 0 || first >= 240;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || is_shared
        || is_benchmark
        || is_reserved)
}

/// Only what is routed (2000::/3), unless it stands for an address of IPv4 (RFC 4291, 6052, 3056, 4380).
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_routed = first & 0xe000 == 0x2000;
    let is_tunnel = first == 0x2002 || (first == 0x2001 && second == 0);
    let is_documentation = first == 0x2001 && second == 0x0db8;
    is_routed && !is_tunnel && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_are_called_over_https_on_the_internet() {
        for url in [
            "https://hooks.example.com/messages",
            "https://hooks.example.com:8443/a?b=c",
            "https://8.8.8.8/hook",
            "https://[2606:4700::1111]/hook",
            "https://localhost.example.com/",
        ] {
            assert_eq!(public(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_is_not_public_is_refused_however_it_is_written() {
        for url in [
            "",
            "hooks.example.com",
            "http://hooks.example.com/",
            "ftp://hooks.example.com/",
            "https://",
            "https://user:password@hooks.example.com/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://api.localhost/",
            "https://printer.local/",
            "https://db.internal/",
            "https://metadata.google.internal/",
            "https://intranet/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://198.18.0.1/",
            "https://0.0.0.0/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[fd00:ec2::254]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
        ] {
            assert!(public(url).is_err(), "{url}");
        }
    }
}
