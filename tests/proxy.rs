//! The way through a proxy. The host is a made-up one, since loopback never goes through a proxy:
//! every CONNECT of the test's proxy leads to the local TLS server.

mod fault_server;

use fault_server::actions::named;
use fault_server::certificates::{Authority, Flaw};
use fault_server::okta::{LOGIN, Running, Shared, org_by};
use fault_server::runner::Request;
use fault_server::secrets::{PROXY_PASSWORD, base64, percent};
use fault_server::server::Server;
use fault_server::tunnel::Tunnel;
use serde_json::json;
use std::io::Write;
use std::iter::repeat;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

const BASE_URL: &str = "https://org.example.test";
/// A name that says nothing, so that only the pair and the password are secrets.
const USER: &str = "soar";

struct Site {
    server: Running,
    _world: Shared,
    authority: Authority,
}

fn site() -> Site {
    let authority = Authority::new("Inspection CA");
    let config = authority.server(Flaw::None);
    let (server, world) = org_by(|script| Server::tls(config, script), |_, _| None);
    Site { server, _world: world, authority }
}

impl Site {
    fn request(&self, base_url: &str) -> Request {
        Request::new("get_user", base_url, json!({"user_id": LOGIN})).config("ca_bundle", self.authority.pem())
    }
}

fn credentials() -> String {
    format!("{USER}:{}", percent(PROXY_PASSWORD, true))
}

#[test]
fn the_proxy_of_the_environment_is_used_whatever_its_variable() {
    let site = site();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let tunnel = Tunnel::open(site.server.address());
        let proxy = format!("http://{}", tunnel.address());
        let ran = site.request(BASE_URL).variable(name, proxy.as_str()).run().checked();
        assert!(ran.succeeded(), "{name}: {}", ran.stdout);
        let ran = site.request(BASE_URL).process_variable(name, proxy.as_str()).run().checked();
        assert!(ran.succeeded(), "{name}: {}", ran.stdout);
        let heads = tunnel.heads();
        assert_eq!(heads.len(), 2, "{name}");
        assert!(heads[0].starts_with("CONNECT org.example.test:443 HTTP/1.1\r\n"), "{}", heads[0]);
        assert!(!heads[0].contains("SSWS") && !heads[0].contains("Proxy-Authorization"), "{}", heads[0]);
    }
}

#[test]
fn credentials_go_to_the_proxy_and_nowhere_else() {
    let site = site();
    let tunnel = Tunnel::open(site.server.address());
    let proxy = format!("http://{}@{}", credentials(), tunnel.address());
    let ran = site.request(BASE_URL).variable("HTTPS_PROXY", proxy).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    let expected = format!("Proxy-Authorization: Basic {}\r\n", base64(format!("{USER}:{PROXY_PASSWORD}").as_bytes()));
    assert!(tunnel.heads()[0].contains(&expected), "{}", tunnel.heads()[0]);
    assert!(site.server.seen()[0].header("Proxy-Authorization").is_none());
}

#[test]
fn the_requests_proxy_overrides_that_of_the_process() {
    let site = site();
    let (own, other) = (Tunnel::open(site.server.address()), Tunnel::open(site.server.address()));
    let ran = site
        .request(BASE_URL)
        .process_variable("HTTPS_PROXY", format!("http://{}", other.address()))
        .variable("HTTPS_PROXY", format!("http://{}", own.address()))
        .run()
        .checked();
    assert!(ran.succeeded() && own.heads().len() == 1 && other.heads().is_empty(), "{}", ran.stdout);
}

#[test]
fn a_proxy_that_is_in_the_way_says_that_it_is_the_proxy() {
    let refusals: [(&str, &[u8], &str, usize); 4] = [
        (
            "407",
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 5\r\n\r\nwrong",
            "credentials",
            1,
        ),
        ("403", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "403", 0),
        ("garbage", b"SSH-2.0-x\r\n\r\n", "not HTTP", 0),
        ("nothing", b"", "without a response", 0),
    ];
    for (name, answer, words, tries) in refusals {
        let site = site();
        let tunnel = Tunnel::new(site.server.address(), move |_| Some(answer.to_vec()));
        let action = named("disable_user");
        let proxy = format!("http://{}@{}", credentials(), tunnel.address());
        let ran = Request::new(action.identifier, BASE_URL, action.parameters)
            .config("ca_bundle", site.authority.pem())
            .variable("HTTPS_PROXY", proxy)
            .run()
            .checked();
        assert_eq!((ran.kind(), ran.outcome()), ("network", "not_applied"), "{name}: {}", ran.stdout);
        assert!(ran.message().contains("proxy") && ran.message().contains(words), "{name}: {}", ran.message());
        assert!(ran.message().contains(&tunnel.address().to_string()), "{name}: {}", ran.message());
        assert_eq!(site.server.requests(), 0);
        let heads = tunnel.heads().len();
        assert!(heads <= 3 && (tries == 0 || heads == tries), "{name}: {heads} tries");
    }
}

#[test]
fn a_dead_proxy_says_that_it_is_the_proxy() {
    let site = site();
    for proxy in ["127.0.0.1:1", "proxy.invalid:3128"] {
        let ran = site.request(BASE_URL).variable("HTTPS_PROXY", format!("http://{}@{proxy}", credentials())).run();
        let ran = ran.checked();
        assert_eq!(ran.kind(), "network", "{proxy}: {}", ran.stdout);
        assert!(ran.message().contains(&format!("The proxy {proxy}")), "{proxy}: {}", ran.message());
        assert_eq!(ran.stderr.matches("waiting").count(), 2, "three tries: {}", ran.stderr);
    }
}

#[test]
fn an_invalid_proxy_is_reported_without_its_credentials() {
    let site = site();
    for proxy in ["socks5://{}@127.0.0.1:1", "http://{}@127.0.0.1:port", "http://{}@", "http://{}@ho st:1"] {
        let ran = site.request(BASE_URL).variable("HTTPS_PROXY", proxy.replace("{}", &credentials())).run().checked();
        assert_eq!((ran.kind(), ran.status), ("invalid_request", 2), "{proxy}: {}", ran.stdout);
        assert!(ran.message().contains("HTTPS_PROXY"), "{proxy}: {}", ran.message());
    }
}

#[test]
fn a_host_that_no_proxy_exempts_is_asked_directly() {
    let site = site();
    let by_name = format!("https://localhost:{}", site.server.port());
    let tunnel = Tunnel::open(site.server.address());
    let proxy = format!("http://{}", tunnel.address());
    // Exempt: a name that nobody knows without the proxy.
    for list in ["*", "org.example.test", ".example.test", "x, EXAMPLE.TEST", "org.example.test:443"] {
        let ran = site.request(BASE_URL).variable("HTTPS_PROXY", proxy.as_str()).variable("NO_PROXY", list).run();
        let ran = ran.checked();
        assert_eq!(ran.kind(), "network", "{list}: {}", ran.stdout);
        assert!(!ran.message().contains("The proxy"), "{list}: {}", ran.message());
    }
    assert!(tunnel.heads().is_empty());
    // Loopback never goes through a proxy.
    let ran = site.request(&by_name).variable("HTTPS_PROXY", proxy.as_str()).run().checked();
    assert!(ran.succeeded() && tunnel.heads().is_empty(), "{}", ran.stdout);
    // Not exempt.
    for list in ["example.com", "org.example.test:8443", "10.0.0.0/8", "test.example"] {
        let ran = site.request(BASE_URL).variable("HTTPS_PROXY", proxy.as_str()).variable("no_proxy", list).run();
        assert!(ran.checked().succeeded(), "{list}");
    }
    assert_eq!(tunnel.heads().len(), 4);
}

#[test]
fn a_tunnel_is_kept_for_all_requests_of_a_run() {
    let site = site();
    let tunnel = Tunnel::open(site.server.address());
    let sets = json!([{"user_id": LOGIN}, {"user_id": LOGIN}]);
    let ran = Request::new("get_user", BASE_URL, sets)
        .config("max_concurrency", 1)
        .config("ca_bundle", site.authority.pem())
        .variable("HTTPS_PROXY", format!("http://{}", tunnel.address()))
        .run()
        .checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!((site.server.requests(), tunnel.heads().len()), (2, 1));
}

#[test]
fn a_proxy_whose_answer_drips_is_given_up_with_the_time_for_a_connection() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Each byte comes in time; the end of the head never does.
            thread::spawn(move || {
                let mut stream = stream;
                let mut answer = b"HTTP/1.1 200 Connection established\r\nX: ".iter().copied().chain(repeat(b'x'));
                while stream.write_all(&[answer.next().unwrap()]).is_ok() {
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    let site = site();
    let ran = site.request(BASE_URL).variable("HTTPS_PROXY", proxy).timeout(30).run().checked();
    assert_eq!(ran.kind(), "network", "{}", ran.stdout);
    assert!(ran.message().contains("The proxy") && ran.message().contains("in time"), "{}", ran.message());
}
