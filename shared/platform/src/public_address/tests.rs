use proptest::prelude::*;

use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn addresses_of_the_internet_are_public_and_all_others_are_not() {
    for text in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2600:1f18::1",
        "2606:4700::1111",
        "2a00:1450::1",
        "3ffe::1",
        "64:ff9b::8.8.8.8",
    ] {
        assert!(is_public(address(text)), "{text}");
    }
    for text in [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "233.252.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::8.8.8.8",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:1:a00:1::",
        "100::1",
        "2001::1",
        "2001:0:a00:1::",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:a00:1::",
        "2002:808:808::1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(address(text)), "{text}");
    }
}

#[test]
fn every_block_is_refused_from_its_first_address_to_its_last() {
    for (block, length) in PRIVATE_V4 {
        let last = Ipv4Addr::from_bits(block.to_bits() | u32::MAX.checked_shr(length).unwrap_or(0));
        assert!(!is_public(block.into()) && !is_public(last.into()), "{block}/{length}");
        assert_eq!(
            block.to_bits() & u32::MAX.checked_shr(length).unwrap_or(0),
            0,
            "{block}/{length} begins with itself"
        );
    }
    for (block, length) in PRIVATE_V6 {
        let last = Ipv6Addr::from_bits(block.to_bits() | (u128::MAX >> length));
        assert!(!is_public(block.into()) && !is_public(last.into()), "{block}/{length}");
    }
}

#[test]
fn a_public_https_url_is_taken_as_it_is() {
    for text in [
        "https://hooks.example.com/messages",
        "https://hooks.example.com",
        "https://hooks.example.com:443/",
        "https://hooks.example.com:8443/a?b=c",
        "https://hooks.example.com:65535/",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]:8443/hook",
        "https://localhost.example.com/",
        "https://notlocalhost.example/",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/",
        "https://1.2.3.4.example.com/",
    ] {
        assert!(check_url(text).is_ok(), "{text}");
    }
}

#[test]
fn what_is_not_public_is_refused_however_it_is_written() {
    use NotPublic as N;
    let long = format!("https://hooks.example.com/{}", "a".repeat(2_048));
    for (text, why) in [
        ("", N::NoUrl),
        ("hooks.example.com", N::NoUrl),
        ("https://", N::NoUrl),
        ("https:// hooks.example.com/", N::NoUrl),
        (" https://hooks.example.com/", N::NoUrl),
        ("https://hooks.exa\nmple.com/", N::NoUrl),
        ("https://hooks.example.com/a\tb", N::NoUrl),
        ("https://[fe80::1%25eth0]/", N::NoUrl),
        ("https://127.0.0.256/", N::NoUrl),
        ("https://hooks.example.com:99999/", N::NoUrl),
        (&long, N::TooLong),
        ("http://hooks.example.com/", N::NotHttps),
        ("ftp://hooks.example.com/", N::NotHttps),
        ("file:///etc/passwd", N::NotHttps),
        ("gopher://127.0.0.1/", N::NotHttps),
        ("javascript:alert(1)", N::NotHttps),
        ("https:hooks.example.com/", N::NotHttps),
        ("https:/hooks.example.com/", N::NotHttps),
        ("https:\\\\hooks.example.com\\", N::NotHttps),
        ("https://hooks.example.com\\@127.0.0.1/", N::UserInfo),
        ("https://@hooks.example.com/", N::UserInfo),
        ("https://:@hooks.example.com/", N::UserInfo),
        ("https://ho%6Fks.example.com/", N::Disguised),
        ("https://127.0.0.1%2eexample.com/", N::Disguised),
        ("https://user:password@hooks.example.com/", N::UserInfo),
        ("https://user@hooks.example.com/", N::UserInfo),
        ("https://hooks.example.com@127.0.0.1/", N::UserInfo),
        ("https://hooks.example.com/#here", N::Fragment),
        ("https://hooks.example.com:25/", N::Port),
        ("https://hooks.example.com:22/", N::Port),
        ("https://hooks.example.com:0/", N::Port),
        ("https://hooks.example.com:80/", N::Port),
        ("https://.com/", N::NoName),
        ("https://a..example.com/", N::NoName),
        ("https://-a.example.com/", N::NoName),
        ("https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com/", N::NoName),
        ("https://localhost/", N::PrivateName),
        ("https://LOCALHOST/", N::PrivateName),
        ("https://localhost./", N::NoName),
        ("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", N::PrivateName),
        ("https://loc%61lhost/", N::PrivateName),
        ("https://api.localhost/", N::PrivateName),
        ("https://printer.local/", N::PrivateName),
        ("https://printer.local./", N::NoName),
        ("https://printer。local/", N::PrivateName),
        ("https://db.internal/", N::PrivateName),
        ("https://metadata.google.internal/", N::PrivateName),
        ("https://ip-10-0-0-1.ec2.internal/", N::PrivateName),
        ("https://router.home.arpa/", N::PrivateName),
        ("https://intranet/", N::PrivateName),
        ("https://hooks.example.com./", N::NoName),
        ("https://127.0.0.1/", N::PrivateAddress),
        ("https://127.0.0.1./", N::PrivateAddress),
        ("https://127.1/", N::PrivateAddress),
        ("https://2130706433/", N::PrivateAddress),
        ("https://0x7f000001/", N::PrivateAddress),
        ("https://0x7f.1/", N::PrivateAddress),
        ("https://0177.0.0.1/", N::PrivateAddress),
        ("https://017700000001/", N::PrivateAddress),
        ("https://⑫⑦.0.0.1/", N::PrivateAddress),
        ("https://127。0。0。1/", N::PrivateAddress),
        ("https://%31%32%37.0.0.1/", N::PrivateAddress),
        ("https://0/", N::PrivateAddress),
        ("https://10.1.2.3:8443/", N::PrivateAddress),
        ("https://169.254.169.254/latest/meta-data", N::PrivateAddress),
        ("https://2852039166/latest/meta-data", N::PrivateAddress),
        ("https://0xA9FEA9FE/latest/meta-data", N::PrivateAddress),
        ("https://[::1]/", N::PrivateAddress),
        ("https://[::]/", N::PrivateAddress),
        ("https://[0:0:0:0:0:ffff:7f00:1]/", N::PrivateAddress),
        ("https://[::ffff:169.254.169.254]/", N::PrivateAddress),
        ("https://[::127.0.0.1]/", N::PrivateAddress),
        ("https://[fd00:ec2::254]/", N::PrivateAddress),
        ("https://[64:ff9b::a9fe:a9fe]/", N::PrivateAddress),
    ] {
        assert_eq!(check_url(text).unwrap_err(), why, "{text}");
    }
}

#[test]
fn the_reasons_are_those_of_the_documents() {
    for (text, reason) in [
        ("", FailureReason::UndefinedDestination),
        ("http://hooks.example.com/", FailureReason::InvalidHttpProtocol),
        ("https://10.0.0.1/", FailureReason::BlacklistedUrl),
    ] {
        assert_eq!(check_url(text).unwrap_err().reason(), reason, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// The standard library knows fewer blocks; none that it knows may be missing here.
    #[test]
    fn what_the_standard_library_calls_special_is_not_public(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let is_special = address.is_private() || address.is_loopback() || address.is_link_local()
            || address.is_broadcast() || address.is_documentation() || address.is_unspecified()
            || address.is_multicast();
        prop_assert!(!(is_special && is_public(address.into())), "{address}");
    }

    #[test]
    fn an_address_of_ipv4_inside_one_of_ipv6_is_public_in_a_gateway_at_most(bits: u32) {
        let inside = Ipv4Addr::from_bits(bits);
        let [high, low] = [(bits >> 16) as u16, bits as u16];
        prop_assert!(!is_public(inside.to_ipv6_mapped().into()));
        prop_assert!(!is_public(inside.to_ipv6_compatible().into()));
        prop_assert!(!is_public(Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1).into()));
        prop_assert!(!is_public(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, high, low).into()));
        prop_assert!(!is_public(Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low).into()));
        let in_gateway = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low);
        prop_assert_eq!(is_public(in_gateway.into()), is_public(inside.into()));
    }

    /// However a number is written, the parser of URLs makes the address of it that a resolver would.
    #[test]
    fn no_notation_hides_an_address_that_is_not_public(low in 0u32..1 << 24, notation in 0usize..6) {
        let address = Ipv4Addr::from_bits((10 << 24) | low);
        let [a, b, c, d] = address.octets();
        let host = match notation {
            0 => address.to_string(),
            1 => address.to_bits().to_string(),
            2 => format!("{:#x}", address.to_bits()),
            3 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            4 => format!("{a:#x}.{}", low),
            _ => format!("{a}.{b}.{}", (u32::from(c) << 8) | u32::from(d)),
        };
        prop_assert_eq!(check_url(&format!("https://{host}/")), Err(NotPublic::PrivateAddress), "{}", host);
    }

    #[test]
    fn whatever_is_taken_is_https_to_a_name_with_dots_or_a_public_address(text in "https?://[ -~]{0,40}|.{0,60}") {
        if let Ok(url) = check_url(&text) {
            prop_assert_eq!(url.scheme(), "https");
            match url.host().unwrap() {
                Host::Domain(name) => prop_assert!(name.contains('.')),
                Host::Ipv4(address) => prop_assert!(is_public(address.into())),
                Host::Ipv6(address) => prop_assert!(is_public(address.into())),
            }
        }
    }
}
