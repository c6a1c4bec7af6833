//! Which addresses are public: those that anybody on the Internet could call just as well.
//!
//! Whoever may choose where we call could otherwise make us call what only we can reach: the credentials of our own Lambda,
//! a neighbor in our network, a port of this machine. Here it is said, and nowhere else, what must not be called. The
//! [client](crate::tenant_outbound) asks here for the URL, and again for each address that its name leads to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::vocabulary::FailureReason;
use url::{Host, Url};

/// The longest URL, in bytes: as much as servers take.
const LONGEST: usize = 2_048;
/// The port of https, and the first that no protocol of old has (RFC 6335): what listens below was not made for webhooks.
const PORT: u16 = 443;
const FREE_PORTS: u16 = 1_024;

/// Why a URL is not called. Each text goes on from the name of what holds the URL, and tells nothing of our network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPublic {
    /// It is none.
    #[error("must be a URL, such as https://hooks.example.com/messages")]
    NoUrl,
    /// It is too long.
    #[error("must have at most {LONGEST} characters")]
    TooLong,
    /// Its scheme.
    #[error("must begin with https://")]
    NotHttps,
    /// It says who calls.
    #[error("must not hold a user name or password: what is sent there is signed")]
    UserInfo,
    /// Its host is written in a way that people and programs read differently.
    #[error("must not have \\ or % in its host name")]
    Disguised,
    /// It has a part that is not sent.
    #[error("must not hold a fragment (#…), which is never sent to a server")]
    Fragment,
    /// Its port.
    #[error("must have the port {PORT}, or one of {FREE_PORTS} and above")]
    Port,
    /// Its host is no name that DNS could have.
    #[error(
        "must have a host name of labels with 1 to 63 letters, digits and hyphens, and points between them only"
    )]
    NoName,
    /// Its name has a meaning in a private network only.
    #[error(
        "must have a host name that is public: one with dots, and not within localhost, local, internal or the like"
    )]
    PrivateName,
    /// Its host is such an address.
    #[error("must not lead to an address that is not public")]
    PrivateAddress,
    /// What its host's name leads to.
    #[error("must have a host name that leads to public addresses only")]
    LeadsInside,
}

impl NotPublic {
    /// What 003 calls it.
    pub const fn reason(self) -> FailureReason {
        match self {
            Self::NoUrl | Self::NoName => FailureReason::UndefinedDestination,
            Self::NotHttps => FailureReason::InvalidHttpProtocol,
            Self::TooLong
            | Self::UserInfo
            | Self::Disguised
            | Self::Fragment
            | Self::Port
            | Self::PrivateName
            | Self::PrivateAddress
            | Self::LeadsInside => FailureReason::BlacklistedUrl,
        }
    }
}

/// A URL that may be called, as far as it says itself: https, to a public name or address. What a name leads to is known
/// only when it is called.
///
/// # Errors
/// Why not.
pub fn check_url(text: &str) -> Result<Url, NotPublic> {
    if text.len() > LONGEST {
        return Err(NotPublic::TooLong);
    }
    // Spaces around it and line breaks within would be passed over, and the URL be another than the one that was seen.
    let is_plain = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    let url = Url::parse(text).ok().filter(|_| is_plain).ok_or(NotPublic::NoUrl)?;
    let authority = authority(text).filter(|_| url.scheme() == "https").ok_or(NotPublic::NotHttps)?;
    if authority.contains('@') {
        return Err(NotPublic::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(NotPublic::Fragment);
    }
    if url.port().is_some_and(|port| port != PORT && port < FREE_PORTS) {
        return Err(NotPublic::Port);
    }
    // Parsed, an address is what it means, however it was written: 2130706433, 0177.1 and ⑫⑦.0.0.1 are 127.0.0.1.
    match url.host().ok_or(NotPublic::NoUrl)? {
        Host::Domain(name) if !is_name(name) => Err(NotPublic::NoName),
        Host::Domain(name) if !is_public_name(name) => Err(NotPublic::PrivateName),
        Host::Ipv4(address) if !is_public(address.into()) => Err(NotPublic::PrivateAddress),
        Host::Ipv6(address) if !is_public(address.into()) => Err(NotPublic::PrivateAddress),
        Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) if authority.contains(['\\', '%']) => {
            Err(NotPublic::Disguised)
        }
        Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => Ok(url),
    }
}

/// What stands between the slashes, as everybody reads it. Parsers of URLs also take one slash, none, or backslashes for two
/// (URL Standard, section 4.4), and the host for another than people see.
fn authority(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked("https://".len())?;
    rest.split(['/', '?', '#']).next().filter(|_| scheme.eq_ignore_ascii_case("https://"))
}

/// Names that lead into this machine or a private network, and what lies below them: RFC 6761, 6762 (with its appendix G),
/// 7686, 8375 and 9476; ICANN set `internal` apart in 2024.
const PRIVATE_NAMES: [&str; 13] = [
    "alt",
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
];

/// Whether a name, as the parser of URLs leaves it, is one that DNS may have (RFC 1123, section 2.1). One that ends in a dot is the
/// same to DNS and another to certificates; none is needed.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len())
            && label.bytes().all(is_known)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Whether a name has a meaning beyond a private network.
fn is_public_name(name: &str) -> bool {
    let is_below =
        |top: &str| name.strip_suffix(top).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !PRIVATE_NAMES.into_iter().any(is_below)
}

/// Blocks of IPv4 that are not public: IANA's registry of special-purpose addresses, multicast and what is reserved, and one
/// address by which a cloud reaches its own machines.
const PRIVATE_V4: [(Ipv4Addr, u32); 17] = [
    // RFC 791, this network; 0.0.0.0 is this machine.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // RFC 1918, private use.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // RFC 6598, shared by the customers of a carrier.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // RFC 1122, loopback.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // RFC 3927, link-local; 169.254.169.254 holds the credentials of a machine at AWS and elsewhere.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Azure's services to its own machines.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // RFC 1918, private use.
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    // RFC 6890, protocol assignments.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // RFC 5737, documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // RFC 7526, once the relays of 6to4.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // RFC 1918, private use.
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // RFC 2544, benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // RFC 5737, documentation.
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // RFC 6676, documentation of multicast; RFC 5771, all multicast.
    (Ipv4Addr::new(233, 252, 0, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // RFC 1112, reserved; RFC 919, broadcast.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Where addresses of IPv6 are given out (IANA). What lies outside is loopback, link-local, private (`fd00:ec2::254` holds
/// the credentials of a machine at AWS), site-local, multicast, mapped from IPv4, or nobody's.
const GIVEN_OUT_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks of IPv6 within it that are not public: IANA's registry of special-purpose addresses.
const PRIVATE_V6: [(Ipv6Addr, u32); 4] = [
    // RFC 2928, protocol assignments: Teredo, benchmarks, ORCHID and others, of which none has a server.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // RFC 3849 and 9637, documentation.
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // RFC 7526, once 6to4: an address of IPv4 within.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// RFC 6052: what a gateway of the provider's turns into the address of IPv4 in its last 32 bits. A network without IPv4
/// reaches it by nothing else.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is public.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !PRIVATE_V4.iter().any(|block| within_v4(address, *block)),
        IpAddr::V6(address) if within_v6(address, NAT64) => {
            let [.., a, b, c, d] = address.octets();
            is_public(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(address) => {
            within_v6(address, GIVEN_OUT_V6) && !PRIVATE_V6.iter().any(|block| within_v6(address, *block))
        }
    }
}

fn within_v4(address: Ipv4Addr, (block, length): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ block.to_bits()).leading_zeros() >= length
}

fn within_v6(address: Ipv6Addr, (block, length): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ block.to_bits()).leading_zeros() >= length
}

#[cfg(test)]
mod tests;
