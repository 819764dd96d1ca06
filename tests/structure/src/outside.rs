//! Finds code that reaches files, sockets or processes itself.

use crate::{reading::read, source::Crate};

/// What reaches outside. An address is a value, so the rest of `std::net` does not.
const OUTSIDE: [&[&str]; 6] = [
    &["std", "fs"],
    &["std", "process"],
    &["std", "net", "TcpListener"],
    &["std", "net", "TcpStream"],
    &["std", "net", "ToSocketAddrs"],
    &["std", "net", "UdpSocket"],
];

/// Every line that names something outside.
pub fn outside(code: &Crate) -> Vec<String> {
    let lines = code.modules.iter().flat_map(|module| {
        let reading = read(&module.items);
        let used = reading.imports.into_iter().map(|import| import.used).chain(reading.paths);
        used.filter(|used| reaches(&used.path)).map(|used| module.line(used.line))
    });
    lines.collect()
}

fn reaches(path: &[String]) -> bool {
    let names = |parts: &[&str]| path.len() >= parts.len() && path.iter().zip(parts).all(|(own, part)| own == part);
    OUTSIDE.iter().any(|parts| names(parts))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn found(source: &str) -> usize {
        outside(&Crate::parse(Path::new("lib.rs"), source).unwrap()).len()
    }

    #[test]
    fn a_file_that_is_read_is_found() {
        assert_eq!(found("fn a() { std::fs::read(\"a\"); }"), 1);
        assert_eq!(found("use std::{fs::File, net::{IpAddr, TcpStream}};"), 2);
    }

    #[test]
    fn an_address_is_a_value() {
        assert_eq!(found("use std::net::{IpAddr, Ipv4Addr};"), 0);
    }
}
