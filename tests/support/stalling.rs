//! A server that answers the first request, reads the second, and never answers that one.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// The server. What it was asked and does not answer comes out of `asked`.
pub struct Stalling {
    pub url: String,
    /// The first lines of the requests that get no answer.
    pub asked: Receiver<String>,
}

impl Stalling {
    /// A server that answers one request with `answer`: headers, an empty line, a body. `{org}`
    /// becomes its address. Without an answer it answers nothing at all.
    pub fn new(answer: Option<&str>) -> Stalling {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = answer.map(|answer| answer.replace("{org}", &url));
        let (sender, asked) = mpsc::channel();
        thread::spawn(move || serve(&listener, answer, &sender));
        Stalling { url, asked }
    }
}

fn serve(listener: &TcpListener, mut answer: Option<String>, asked: &Sender<String>) {
    let mut open = Vec::new();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut line = head(&stream);
        if let Some(answer) = answer.take() {
            let (headers, body) = answer.split_once("\n\n").unwrap();
            let headers = headers.replace('\n', "\r\n");
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
            // The next request may come on this connection or on another.
            let next = stream.try_clone().unwrap();
            let asked = asked.clone();
            thread::spawn(move || {
                let line = head(&next);
                if !line.is_empty() {
                    let _ = asked.send(line);
                }
            });
            line.clear();
        }
        if !line.is_empty() && asked.send(line).is_err() {
            return;
        }
        open.push(stream);
    }
}

/// Reads the head of a request; its first line, empty if the connection ended.
fn head(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.find(String::is_empty);
    first
}
