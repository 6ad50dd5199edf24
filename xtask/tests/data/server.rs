//! A web server small enough to be compiled by a test: answers every request with its first argument's content, or never if that
//! is `silent`.

use std::io::{Read, Write};

fn main() {
    let file = std::env::args().nth(1).expect("a file to serve");
    let content = std::fs::read_to_string(file).expect("the file can be read");
    if let Some(words) = content.strip_prefix("die: ") {
        eprintln!("{}", words.trim());
        std::process::exit(1);
    }
    let port: u16 = std::env::var("PORT").expect("PORT").parse().expect("a number");
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    let mut kept = Vec::new();
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let _ = stream.read(&mut [0; 4096]);
        if content == "silent" {
            kept.push(stream);
            continue;
        }
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{content}", content.len());
    }
}
