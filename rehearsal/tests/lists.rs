//! Lists: pages, cursors, q, filter, search, sorting (okta-api.md, «Pagination», «Operations»).

mod client;

use std::collections::HashSet;

use client::{Client, each, org, org_with};
use okta_rehearsal::Rehearsal;
use okta_rehearsal::org::Status;
use serde_json::json;

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The spec's example: 950 users in pages of 200.
#[test]
fn all_users_come_once_over_five_pages() {
    let rehearsal = Rehearsal::builder().start();
    let (users, pages) = Client::of(&rehearsal).all("/api/v1/users");
    let ids: HashSet<String> = each(&users, "/id").into_iter().collect();
    assert_eq!((users.len(), ids.len(), pages), (950, 950, 5));
    let statuses: HashSet<String> = each(&users, "/status").into_iter().collect();
    assert_eq!(statuses.len(), 7, "all but DEPROVISIONED: {statuses:?}");
    let active = each(&users, "/status").iter().filter(|status| *status == "ACTIVE").count();
    assert!(active > 700, "{active}");
    rehearsal.report().assert_clean();
}

/// okta-api.md, «Pagination»: one Link header per relation; the cursor is opaque and encoded already.
#[test]
fn a_next_link_keeps_the_query_and_its_cursor_must_not_be_encoded_again() {
    let (rehearsal, client, _) = org();
    let query = format!("/api/v1/users?search={}&limit=5", encode("status eq \"ACTIVE\""));
    let got = client.get(&query);
    assert_eq!(got.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link")).count(), 2);
    assert_eq!(got.link("self").unwrap(), query);
    let next = got.link("next").unwrap();
    assert!(next.contains("limit=5") && next.contains(&encode("status eq \"ACTIVE\"")), "{next}");
    let second = client.get(&next);
    assert_eq!(second.list().len(), 5);
    assert_ne!(each(&second.list(), "/id"), each(&got.list(), "/id"));
    let again = next.replace("%3D", "%253D");
    assert_eq!(client.get(&again).error().1, "E0000029");
    assert_eq!(client.get("/api/v1/users?after=17").error().1, "E0000029");
    rehearsal.report().assert_clean();
}

/// okta-api.md, «Pagination»: maxima and defaults.
#[test]
fn lists_have_the_page_sizes_that_okta_has() {
    let rehearsal = Rehearsal::builder().users(1500).groups(250).providers(45).verify(false).start();
    let client = Client::of(&rehearsal);
    let everyone = rehearsal.org().group(0).unwrap().id;
    for (path, default, most) in [
        ("/api/v1/users".to_owned(), 200, 200),
        (format!("/api/v1/groups/{everyone}/users"), 1000, 1000),
        ("/api/v1/groups".to_owned(), 250, 250),
        ("/api/v1/groups?expand=app".to_owned(), 200, 200),
        ("/api/v1/idps".to_owned(), 20, 45),
        ("/api/v1/devices".to_owned(), 200, 200),
        ("/api/v1/zones".to_owned(), 10, 10),
    ] {
        let and = if path.contains('?') { '&' } else { '?' };
        assert_eq!(client.get(&path).list().len(), default, "{path}");
        assert_eq!(client.get(&format!("{path}{and}limit=100000")).list().len(), most, "{path}");
        assert_eq!(client.get(&format!("{path}{and}limit=3")).list().len(), 3, "{path}");
        assert_eq!(client.get(&format!("{path}{and}limit=0")).status, 400, "{path}");
    }
    for path in ["/api/v1/idps?limit=7".to_owned(), format!("/api/v1/groups/{everyone}/users?limit=400")] {
        let (items, pages) = client.all(&path);
        let ids: HashSet<String> = each(&items, "/id").into_iter().collect();
        assert_eq!(
            (ids.len(), pages),
            (items.len(), items.len().div_ceil(if path.contains("idps") { 7 } else { 400 }))
        );
    }
}

/// okta-api.md, «Operations», list users: `q` is starts-with, and never paged.
#[test]
fn q_finds_beginnings_and_is_never_paged() {
    let (_rehearsal, client, user) = org();
    let local = user.login.split('@').next().unwrap();
    let first = local.split('.').next().unwrap();
    for q in [first.to_uppercase(), local.to_owned()] {
        let found = client.get(&format!("/api/v1/users?q={q}&limit=200")).list();
        assert!(each(&found, "/id").contains(&user.id), "{q}");
    }
    assert_eq!(client.get(&format!("/api/v1/users?q={}", &local[1..])).list().len(), 0);
    let some = client.get("/api/v1/users?q=a&limit=2");
    assert_eq!((some.list().len(), some.link("next")), (2, None));
}

/// okta-api.md, «Operations», list users: DEPROVISIONED ones are only found by filter and search.
#[test]
fn deprovisioned_users_are_found_by_filter_and_search_only() {
    let rehearsal = Rehearsal::builder().users(200).start();
    let client = Client::of(&rehearsal);
    let gone = encode("status eq \"DEPROVISIONED\"");
    for way in ["filter", "search"] {
        assert_eq!(client.get(&format!("/api/v1/users?{way}={gone}")).list().len(), 8, "{way}");
    }
    let (users, _) = client.all("/api/v1/users?limit=150");
    assert_eq!(users.len(), 200);
    assert!(!each(&users, "/status").contains(&"DEPROVISIONED".to_owned()));
}

/// okta-api.md, «Errors»: E0000033, E0000063, E0000031.
#[test]
fn conditions_that_exclude_each_other_and_wrong_expressions_are_refused() {
    let (_rehearsal, client, _) = org();
    let active = encode("status eq \"ACTIVE\"");
    for (query, code) in [
        (format!("filter={active}&search={active}"), "E0000033"),
        (format!("q=a&filter={active}"), "E0000033"),
        (format!("q=a&search={active}"), "E0000063"),
        (format!("filter={}", encode("status is \"ACTIVE\"")), "E0000031"),
        (format!("filter={}", encode("profile.city eq \"Bern\"")), "E0000031"),
        (format!("filter={}", encode("profile.login sw \"a\"")), "E0000031"),
        (format!("search={}", encode("status ne \"ACTIVE\"")), "E0000031"),
        (format!("search={}", encode("not (status eq \"ACTIVE\")")), "E0000031"),
        (format!("search={}", encode("nickname eq \"x\"")), "E0000031"),
    ] {
        assert_eq!(client.get(&format!("/api/v1/users?{query}")).error().1, code, "{query}");
    }
}

#[test]
fn searches_find_and_sort() {
    let (rehearsal, client, user) = org();
    let find = |expression: &str, more: &str| {
        let (found, _) = client.all(&format!("/api/v1/users?search={}{more}", encode(expression)));
        found
    };
    let exact = find(&format!("profile.login eq \"{0}\" or profile.email eq \"{0}\"", user.login.to_uppercase()), "");
    assert_eq!(each(&exact, "/id"), [user.id.as_str()]);
    let department = rehearsal.org().user(3).unwrap().profile.text("department").to_owned();
    let some = find(&format!("profile.department eq \"{department}\" and (status eq \"ACTIVE\" or status pr)"), "");
    assert!(each(&some, "/profile/department").iter().all(|name| *name == department) && !some.is_empty());
    let sorted = find("profile.lastName pr", "&sortBy=profile.lastName&sortOrder=desc&limit=50");
    let mut names: Vec<String> = each(&sorted, "/profile/lastName").iter().map(|name| name.to_lowercase()).collect();
    let as_sent = names.clone();
    names.sort_by(|a, b| b.cmp(a));
    assert_eq!((as_sent.len(), as_sent), (124, names), "120 users and 4 who have left");
    let recent = find("lastUpdated gt \"2025-12-01T00:00:00.000Z\"", "");
    assert!(each(&recent, "/lastUpdated").iter().all(|time| time.as_str() > "2025-12-01"));
}

/// Changes show in lists and searches at once: the search that is late is a script's affair.
#[test]
fn changed_users_are_found_as_they_are_now() {
    let (_rehearsal, client, user) = org();
    client.post(&user.path, r#"{"profile":{"login":"moved@y.example","email":"moved@y.example"}}"#);
    let found = |expression: &str| client.all(&format!("/api/v1/users?search={}", encode(expression))).0.len();
    assert_eq!(found("profile.login eq \"moved@y.example\""), 1);
    assert_eq!(found(&format!("profile.login eq \"{}\"", user.login)), 0);
    client.post(&user.to("lifecycle/deactivate"), "");
    assert_eq!(client.all("/api/v1/users").0.len(), 119);
    assert_eq!(found("status eq \"DEPROVISIONED\""), 5);
}

/// okta-api.md, «Operations», list groups: q, filter, search.
#[test]
fn groups_are_found_by_q_filter_and_search() {
    let (_rehearsal, client, _) = org_with(|org| {
        org.add_group("Security Guests", None);
    });
    let names = |query: &str| each(&client.get(&format!("/api/v1/groups?{query}")).list(), "/profile/name");
    assert_eq!(names("q=security"), ["Security", "Security Guests"], "exact matches first");
    assert_eq!(names("q=guests"), Vec::<String>::new());
    assert_eq!(names(&format!("filter={}", encode("type eq \"BUILT_IN\""))), ["Everyone"]);
    assert_eq!(names(&format!("filter={}", encode("type eq \"APP_GROUP\""))).len(), 2);
    assert_eq!(names(&format!("search={}", encode("profile.name sw \"office\" and type eq \"OKTA_GROUP\""))).len(), 6);
    let sorted = names(&format!("search={}&sortBy=profile.name", encode("profile.name pr")));
    assert!(sorted.is_sorted_by_key(|name| name.to_lowercase()), "{sorted:?}");
    let refused = client.get(&format!("/api/v1/groups?filter={}", encode("profile.name eq \"x\"")));
    assert_eq!(refused.error().1, "E0000094");
    let paged = client.get("/api/v1/groups?q=project&limit=4");
    assert_eq!((paged.list().len(), paged.link("next")), (4, None), "never paged");
}

/// okta-api.md, «Operations», system log: each change is an event; bounded with `until`.
#[test]
fn the_log_ends_with_until_and_never_without() {
    let (_rehearsal, client, user) = org();
    client.post(&user.to("lifecycle/suspend"), "");
    let suspend = encode("eventType eq \"user.lifecycle.suspend\"");
    let events = client.get(&format!("/api/v1/logs?filter={suspend}")).list();
    assert_eq!(each(&events, "/target/0/id"), [user.id.as_str()]);
    assert_eq!(events[0]["outcome"]["result"], "SUCCESS");
    let (all, pages) = client.all("/api/v1/logs?since=2020-01-01T00:00:00Z&until=2999-01-01T00:00:00Z&limit=25");
    let ids: HashSet<String> = each(&all, "/uuid").into_iter().collect();
    assert_eq!((all.len(), ids.len(), pages), (61, 61, 3));
    let mut target = Some("/api/v1/logs?since=2020-01-01T00:00:00Z&limit=100".to_owned());
    for _ in 0..4 {
        target = client.get(&target.expect("polling never ends")).link("next");
    }
    client.post(&user.to("lifecycle/unsuspend"), "");
    assert_eq!(each(&client.get(&target.unwrap()).list(), "/eventType"), ["user.lifecycle.unsuspend"]);
    let newest = client.get("/api/v1/logs?sortOrder=DESCENDING&limit=1").list();
    assert_eq!(newest[0]["eventType"], "user.lifecycle.unsuspend");
    assert_eq!(client.get("/api/v1/logs?since=yesterday").error().1, "E0000030");
    let actor = encode(&format!("target.id eq \"{}\"", user.id));
    assert_eq!(client.get(&format!("/api/v1/logs?filter={actor}")).list().len(), 2);
}

/// okta-api.md, «Operations», identity providers; the secret that comes with them.
#[test]
fn providers_are_found_by_type_and_name_and_bring_a_secret() {
    let (_rehearsal, client, _) = org();
    let google = client.get("/api/v1/idps?type=GOOGLE").list();
    assert!(google[0]["protocol"]["credentials"]["client"]["client_secret"].as_str().unwrap().starts_with("fake-"));
    assert_eq!(client.get("/api/v1/idps?q=smart").list().len(), 1);
    let id = google[0]["id"].as_str().unwrap();
    assert_eq!(client.get(&format!("/api/v1/idps/{id}")).json()["name"], "Google Workspace");
    assert_eq!(client.delete(&format!("/api/v1/idps/{id}")).status, 204);
    assert_eq!(client.get(&format!("/api/v1/idps/{id}")).status, 404);
}

/// A million users, page by page, without holding them.
#[test]
fn an_org_of_a_million_users_costs_nothing() {
    let started = std::time::Instant::now();
    let rehearsal = Rehearsal::builder().users(1_000_000).start();
    let client = Client::of(&rehearsal);
    let user = rehearsal.org().user(999_999).unwrap();
    assert_eq!(client.get(&format!("/api/v1/users/{}", user.id)).json()["profile"]["login"], json!(user.login()));
    assert_eq!(client.get(&format!("/api/v1/users/{}", user.login())).json()["id"], json!(user.id));
    assert_eq!(client.get("/api/v1/users?limit=200").list().len(), 200);
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn an_org_is_made_in_under_a_millisecond() {
    use okta_rehearsal::clock::Clock;
    use okta_rehearsal::org::{Org, Size};
    let started = std::time::Instant::now();
    let orgs: Vec<Org> = (0..500).map(|seed| Org::new(Size { seed, ..Size::default() }, Clock::default())).collect();
    let each = started.elapsed() / 500;
    assert!(each < std::time::Duration::from_millis(1), "{each:?}");
    assert_ne!(orgs[0].user(3).unwrap().id, orgs[1].user(3).unwrap().id);
}

/// Thousands of them are made in a test run, each with a server of its own.
#[test]
fn a_rehearsal_starts_and_ends_in_milliseconds() {
    let started = std::time::Instant::now();
    for _ in 0..200 {
        drop(Rehearsal::builder().start());
    }
    let each = started.elapsed() / 200;
    assert!(each < std::time::Duration::from_millis(5), "{each:?}");
}

#[test]
fn the_same_seed_makes_the_same_org() {
    let users = |seed: u64| {
        let rehearsal = Rehearsal::builder().users(300).seed(seed).start();
        let (users, _) = Client::of(&rehearsal).all("/api/v1/users");
        users
            .into_iter()
            .map(|user| (user["id"].clone(), user["profile"].clone(), user["status"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(users(7), users(7));
    assert_ne!(users(7), users(8));
}

/// For benches: every page has the content of the first, only the cursor moves.
#[test]
fn repeated_pages_have_the_right_lengths_and_cursors() {
    for gzip in [false, true] {
        let rehearsal = Rehearsal::builder().users(950).repeats_pages().verify(false).log(false).gzip(gzip).start();
        let client = Client::of(&rehearsal);
        let (users, pages) = client.all("/api/v1/users?limit=200");
        assert_eq!((users.len(), pages), (950, 5));
        let packed = Client::of(&rehearsal).header("Accept-Encoding", "gzip").get("/api/v1/users?limit=200");
        assert_eq!(packed.header("content-encoding"), gzip.then_some("gzip"));
        assert_eq!(rehearsal.requests(), 6);
    }
}

#[test]
fn a_list_counts_only_those_whom_status_leaves_in() {
    let (_rehearsal, client, _) = org_with(|org| {
        let ids: Vec<String> = (10..20).map(|number| org.user(number).unwrap().id).collect();
        ids.iter().for_each(|id| org.set_status(id, Status::Deprovisioned));
    });
    let (users, pages) = client.all("/api/v1/users?limit=10");
    assert_eq!((users.len(), pages), (110, 11));
}
