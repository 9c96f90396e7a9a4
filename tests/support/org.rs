//! An Okta org made of mockito: checks what every request has to have.

use mockito::{Matcher, Mock, Server, ServerGuard};

use super::binary::TOKEN;

/// One exchange.
pub struct Exchange {
    pub method: &'static str,
    /// Path and query, encoded.
    pub path: String,
    /// A JSON body.
    pub body: Option<&'static str>,
    pub status: usize,
    pub headers: Vec<(&'static str, String)>,
    pub answer: String,
}

/// An exchange that succeeds.
pub fn exchange(method: &'static str, path: impl Into<String>, answer: impl Into<String>) -> Exchange {
    Exchange { method, path: path.into(), body: None, status: 200, headers: Vec::new(), answer: answer.into() }
}

impl Exchange {
    pub fn body(self, body: &'static str) -> Exchange {
        Exchange { body: Some(body), ..self }
    }

    pub fn status(self, status: usize) -> Exchange {
        Exchange { status, ..self }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Exchange {
        self.headers.push((name, value.into()));
        self
    }
}

/// The org.
pub struct Org {
    server: ServerGuard,
    mocks: Vec<Mock>,
}

impl Org {
    pub fn new() -> Org {
        Org { server: Server::new(), mocks: Vec::new() }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Expects this request once. `{org}` in headers and answer becomes the org's address.
    pub fn expect(&mut self, exchange: Exchange) {
        let url = self.url();
        let mut mock = self
            .server
            .mock(exchange.method, exchange.path.as_str())
            .match_header("authorization", format!("SSWS {TOKEN}").as_str())
            .match_header("accept", "application/json")
            .match_header("user-agent", Matcher::Regex("^okta-connector/[0-9]+".to_owned()))
            .match_header("accept-encoding", Matcher::Regex("gzip".to_owned()))
            .with_status(exchange.status)
            .with_body(exchange.answer.replace("{org}", &url))
            .expect(1);
        mock = match exchange.body {
            Some(body) => mock
                .match_header("content-type", Matcher::Regex("^application/json".to_owned()))
                .match_body(Matcher::JsonString(body.to_owned())),
            None => mock.match_body(Matcher::Exact(String::new())),
        };
        // Without a length, some servers wait for a body or answer 411.
        if exchange.body.is_none() && exchange.method == "POST" {
            mock = mock.match_header("content-length", "0");
        }
        for (name, value) in &exchange.headers {
            mock = mock.with_header(*name, &value.replace("{org}", &url));
        }
        self.mocks.push(mock.create());
    }

    /// Every exchange has taken place.
    pub fn assert(&self) {
        self.mocks.iter().for_each(Mock::assert);
    }
}
