//! As much of HTTP/1.1 as a browser on this machine needs to see the page: GET and HEAD, one answer
//! for each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Shared;

/// What a request may weigh.
const LONGEST: u64 = 16 * 1024;
/// Of more connections at once the rest wait for their turn.
const MOST: usize = 32;
/// Who says nothing for so long is not waited for.
const SILENCE: Duration = Duration::from_secs(5);
/// The time between two pages while something moves.
const PAUSE: Duration = Duration::from_millis(300);
/// While nothing happens, a page comes this often, since times move by themselves.
const BEAT: Duration = Duration::from_secs(1);
/// An answer to somebody who waits for news comes at the latest after so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer: status line, type, version, text.
struct Answer(&'static str, &'static str, u64, String);

/// Listens on a free port and says which.
pub(super) fn start(shared: Arc<Shared>) -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let accept = move || accept(&listener, &shared, port);
    thread::Builder::new().spawn(accept)?;
    Ok(port)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, port: u16) {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming().flatten() {
        while busy.load(Ordering::SeqCst) >= MOST {
            thread::sleep(PAUSE);
        }
        busy.fetch_add(1, Ordering::SeqCst);
        let (shared, counted) = (shared.clone(), busy.clone());
        let serve = move || {
            // A browser that went away asks again if it wants to know.
            let _ = serve(stream, &shared, port);
            counted.fetch_sub(1, Ordering::SeqCst);
        };
        if thread::Builder::new().spawn(serve).is_err() {
            busy.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn serve(mut stream: TcpStream, shared: &Shared, port: u16) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let request = read(&stream)?;
    let Answer(status, kind, version, text) = answer(&request, shared, port);
    let is_head = request
        .first()
        .is_some_and(|line| line.starts_with("HEAD "));
    let body = if is_head { "" } else { &text };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\netag: {version}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nx-content-type-options: nosniff\r\n\
         x-frame-options: DENY\r\nconnection: close\r\n\r\n{body}",
        text.len()
    )?;
    stream.flush()?;
    if version > 0 {
        shared.board().was_shown(version);
        shared.moved.notify_all();
    }
    Ok(())
}

/// The lines of a request's head.
fn read(stream: &TcpStream) -> io::Result<Vec<String>> {
    let lines = BufReader::new(stream.take(LONGEST)).lines();
    let head = lines.take_while(|line| !line.as_ref().is_ok_and(String::is_empty));
    head.collect()
}

fn answer(request: &[String], shared: &Shared, port: u16) -> Answer {
    let line = request.first().map(String::as_str).unwrap_or_default();
    let mut words = line.split(' ');
    let (method, path) = (words.next(), words.next().unwrap_or_default());
    // A page of somebody else whose name leads to this machine must not read ours.
    let host = request.iter().find_map(|line| header(line, "host"));
    let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    if !matches!(method, Some("GET" | "HEAD")) {
        return refused("405 Method Not Allowed", "this page is only read: GET");
    }
    if !host.is_some_and(|host| ours.iter().any(|ours| ours == host)) {
        return refused("403 Forbidden", "only this machine's browsers are served");
    }
    let below = path.strip_prefix(&format!("/{}/", shared.token));
    match below.map(|below| below.split_once('?').unwrap_or((below, ""))) {
        Some(("", query)) => page(shared, query.strip_prefix("after=").unwrap_or_default()),
        Some((below, _)) => log(shared, below),
        None => refused("404 Not Found", "the address is not whole"),
    }
}

fn header<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (this, value) = line.split_once(':')?;
    this.eq_ignore_ascii_case(name).then(|| value.trim())
}

fn refused(status: &'static str, why: &str) -> Answer {
    Answer(status, "text/plain", 0, format!("{why}\n"))
}

fn log(shared: &Shared, below: &str) -> Answer {
    let place = below
        .strip_prefix("log/")
        .and_then(|place| place.parse().ok());
    match place.and_then(|place| shared.board().log(place)) {
        Some(text) => Answer("200 OK", "text/plain", 0, text),
        None => refused("404 Not Found", "there is no such log"),
    }
}

/// The page, once it is another than the one that was seen.
fn page(shared: &Shared, seen: &str) -> Answer {
    let (began, mut board) = (Instant::now(), shared.board());
    if let Ok(seen) = seen.parse::<u64>() {
        let is_due = |moving: bool, version: u64| match began.elapsed() {
            passed if passed < PAUSE => false,
            passed => version != seen || passed >= if moving { BEAT } else { PATIENCE },
        };
        // The end of a run is told at once, since the process may end with it.
        while !(is_due(board.is_moving(), board.version)
            || board.version != seen && !board.is_moving())
        {
            board = shared.wait(board, PAUSE);
        }
    }
    let nonce = format!("{}-{}", shared.token, board.version);
    Answer("200 OK", "text/html", board.version, board.page(&nonce))
}
