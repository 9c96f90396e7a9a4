//! The org that the server plays: users in pages, one push factor, a rate limit.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::accounts::Accounts;
use super::http::{Answer, Request};
use super::records::{challenge, factor, user};
use super::{Behaviour, quota};

pub struct Org {
    behaviour: Behaviour,
    pub accounts: Accounts,
    /// Bodies by the number of users in them, plain and compressed: made once.
    pages: Mutex<HashMap<u64, [Arc<[u8]>; 2]>>,
}

pub struct Pace {
    pub first_byte: Duration,
    pub body: Duration,
}

const PAGE_SIZE: u64 = 200;

impl Org {
    pub fn new(behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            accounts: Accounts::default(),
            pages: Mutex::default(),
        }
    }

    pub fn pace(&self, request: &Request) -> Pace {
        let second = number_in_query(&request.target, "after") == Some(PAGE_SIZE);
        let extra = if second {
            self.behaviour.second_page_ms
        } else {
            0
        };
        Pace {
            first_byte: Duration::from_millis(self.behaviour.first_byte_ms + extra),
            body: Duration::from_millis(self.behaviour.body_ms),
        }
    }

    pub fn answer(&self, request: &Request, scheme: &str) -> Answer {
        let share = match self.behaviour.quota {
            Some(quota) => quota::take(&self.accounts.ledger, quota, &request.authorization),
            None => quota::Share {
                granted: true,
                remaining: 99_999,
                reset: 4_102_444_800,
            },
        };
        let limit = self.behaviour.quota.map_or(100_000, |quota| quota.requests);
        let mut answer = if share.granted {
            self.resource(request, scheme)
        } else {
            refusal(429, "E0000047", "API call exceeded rate limit")
        };
        answer.headers += &format!(
            "X-Rate-Limit-Limit: {limit}\r\nX-Rate-Limit-Remaining: {}\r\n\
             X-Rate-Limit-Reset: {}\r\n",
            share.remaining, share.reset
        );
        answer
    }

    fn resource(&self, request: &Request, scheme: &str) -> Answer {
        let path = request.target.split('?').next().unwrap_or_default();
        let origin = format!("{scheme}://{}", request.host);
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["api", "v1", "users"]) => self.users(request, &origin),
            ("GET", ["api", "v1", "users", id]) => found(200, user(id)),
            ("GET", ["api", "v1", "users", id, "factors"]) => {
                found(200, format!("[{}]", factor(&origin, id)))
            }
            ("POST", ["api", "v1", "users", _, "factors", _, "verify"]) => {
                found(201, challenge(&origin, path, "WAITING"))
            }
            ("GET", ["api", "v1", "users", _, "factors", _, "transactions", _]) => {
                let waits = self.accounts.polled() <= self.behaviour.waiting_polls as usize;
                let verify = path.split("/transactions").next().unwrap_or(path);
                let result = if waits { "WAITING" } else { "SUCCESS" };
                found(200, challenge(&origin, &format!("{verify}/verify"), result))
            }
            ("DELETE", _) => found(204, String::new()),
            _ => refusal(404, "E0000007", "Not found: Resource not found"),
        }
    }

    fn users(&self, request: &Request, origin: &str) -> Answer {
        let target = &request.target;
        let limit = number_in_query(target, "limit").map_or(PAGE_SIZE, |n| n.clamp(1, PAGE_SIZE));
        let after = number_in_query(target, "after").unwrap_or(0);
        let left = self.behaviour.users.saturating_sub(after);
        let gzip = self.behaviour.gzip && request.gzip;
        let mut headers = format!("Link: <{origin}{target}>; rel=\"self\"\r\n");
        if left > limit {
            let next = after + limit;
            headers += &format!(
                "Link: <{origin}/api/v1/users?after={next}&limit={limit}>; rel=\"next\"\r\n"
            );
        }
        if after == PAGE_SIZE {
            self.accounts.second_page();
        }
        Answer {
            status: 200,
            headers,
            body: self.page(left.min(limit), gzip),
            gzip,
        }
    }

    /// Every page of a size is the same page: only the cursor moves.
    fn page(&self, users: u64, gzip: bool) -> Arc<[u8]> {
        let mut pages = self.pages.lock().unwrap_or_else(|e| e.into_inner());
        let page = pages.entry(users).or_insert_with(|| {
            let items: Vec<String> = (0..users)
                .map(|n| user(&crate::workshop::user_id(n as usize)))
                .collect();
            let plain = format!("[{}]", items.join(",")).into_bytes();
            let compressed = compress(&plain);
            [plain.into(), compressed.into()]
        });
        Arc::clone(&page[usize::from(gzip)])
    }
}

fn compress(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory can't fail.
    encoder.write_all(plain).ok();
    encoder.finish().unwrap_or_default()
}

fn number_in_query(target: &str, name: &str) -> Option<u64> {
    let query = target.split_once('?')?.1;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.parse().ok())
}

fn found(status: u16, body: String) -> Answer {
    Answer {
        status,
        headers: String::new(),
        body: body.into_bytes().into(),
        gzip: false,
    }
}

fn refusal(status: u16, code: &str, summary: &str) -> Answer {
    found(
        status,
        format!(
            r#"{{"errorCode":"{code}","errorSummary":"{summary}","errorLink":"{code}","errorId":"bench","errorCauses":[]}}"#
        ),
    )
}
