//! Factors, codes and pushes (okta-api.md, «Operations», «Verifying a factor»).

mod client;

use std::time::Duration;

use client::{Client, Person, each, org, org_with};
use okta_rehearsal::Rehearsal;
use okta_rehearsal::org::{Factor, Org, Response};
use serde_json::{Value, json};

/// Gives user 3 one factor of each of these types.
fn with(kinds: &'static [&'static str]) -> impl FnOnce(&mut Org) {
    move |org| {
        let user = org.user(3).unwrap();
        let factors = kinds.iter().map(|kind| Factor::new(org.plan(), &user, kind, 0).unwrap()).collect();
        org.set_factors(3, factors);
    }
}

fn id_of(client: &Client, user: &Person, kind: &str) -> String {
    let factors = client.get(&user.to("factors")).list();
    let factor = factors.iter().find(|factor| factor["factorType"] == kind).expect(kind);
    factor["id"].as_str().unwrap().to_owned()
}

/// `_links.verify` only on ACTIVE ones.
#[test]
fn factors_come_whole_and_only_active_ones_can_be_verified() {
    let (_rehearsal, client, user) = org_with(|org| {
        let user = org.user(3).unwrap();
        let mut sms = Factor::new(org.plan(), &user, "sms", 0).unwrap();
        sms.status = "PENDING_ACTIVATION".to_owned();
        let push = Factor::new(org.plan(), &user, "push", 0).unwrap();
        org.set_factors(3, vec![push, sms]);
    });
    let factors = client.get(&user.to("factors")).list();
    assert_eq!(each(&factors, "/factorType"), ["push", "sms"]);
    assert!(factors[0]["_links"].get("verify").is_some() && factors[1]["_links"].get("verify").is_none());
    let sms = id_of(&client, &user, "sms");
    assert_eq!(client.get(&user.to(&format!("factors/{sms}"))).json()["status"], "PENDING_ACTIVATION");
    assert_eq!(client.post(&user.to(&format!("factors/{sms}/verify")), "").error().1, "E0000038");
    assert_eq!(client.get(&user.to("factors/opfnothing")).error().1, "E0000007");
}

/// Removing `push` removes the other Okta Verify factors too.
#[test]
fn resetting_push_takes_okta_verify_with_it() {
    let (rehearsal, client, user) = org_with(with(&["push", "token:software:totp", "signed_nonce", "sms"]));
    let push = id_of(&client, &user, "push");
    assert_eq!(client.delete(&user.to(&format!("factors/{push}"))).status, 204);
    assert_eq!(each(&client.get(&user.to("factors")).list(), "/factorType"), ["sms"]);
    let sms = id_of(&client, &user, "sms");
    assert_eq!(client.delete(&user.to(&format!("factors/{sms}?removeRecoveryEnrollment=true"))).status, 204);
    assert_eq!(rehearsal.org().changes()[1].after["recovery"], "removed");
}

#[test]
fn a_factor_that_needs_no_device_is_enrolled() {
    let (_rehearsal, client, user) = org_with(with(&["push"]));
    let body = r#"{"factorType":"sms","provider":"OKTA","profile":{"phoneNumber":"+15555550123"}}"#;
    let got = client.post(&user.to("factors?activate=true"), body).json();
    assert_eq!((&got["status"], &got["profile"]["phoneNumber"]), (&json!("ACTIVE"), &json!("+15555550123")));
    assert_eq!(client.post(&user.to("factors"), body).error().1, "E0000001");
    let got = client.post(&user.to("factors"), r#"{"factorType":"webauthn","provider":"FIDO"}"#);
    assert_eq!(got.status, 501);
    assert!(got.json()["errorSummary"].as_str().unwrap().starts_with("rehearsal: "));
}

/// A code is sent, checked, and used up; a second one within half a minute is refused.
#[test]
fn a_code_is_sent_and_checked() {
    for (kind, too_soon) in [("sms", "E0000109"), ("call", "E0000133"), ("email", "E0000109")] {
        let (rehearsal, client, user) = org_with(with(&["sms", "call", "email"]));
        let verify = user.to(&format!("factors/{}/verify", id_of(&client, &user, kind)));
        assert_eq!(client.post(&verify, "").json()["factorResult"], "CHALLENGE", "{kind}");
        let again = client.post(&verify, "");
        assert_eq!((again.error().1.as_str(), again.header("retry-after")), (too_soon, Some("30")), "{kind}");
        assert_eq!(client.post(&verify, r#"{"passCode":"000000"}"#).error().1, "E0000068");
        assert_eq!(client.post(&verify, r#"{"passCode":"123456"}"#).json(), json!({"factorResult": "SUCCESS"}));
        assert_eq!(client.post(&verify, r#"{"passCode":"123456"}"#).error().1, "E0000082", "used already");
        rehearsal.org().clock.shift(Duration::from_secs(31));
        assert_eq!(client.post(&verify, "").status, 200);
        rehearsal.report().assert_clean();
    }
}

#[test]
fn a_totp_needs_its_code_at_once_and_a_question_its_answer() {
    let (_rehearsal, client, user) = org_with(with(&["token:software:totp", "question", "webauthn"]));
    let verify = |kind: &str| user.to(&format!("factors/{}/verify", id_of(&client, &user, kind)));
    assert_eq!(client.post(&verify("token:software:totp"), "").error().1, "E0000068");
    assert_eq!(client.post(&verify("token:software:totp"), r#"{"passCode":"123456"}"#).status, 200);
    assert_eq!(client.post(&verify("question"), r#"{"answer":"123456"}"#).status, 200);
    assert_eq!(client.post(&verify("question"), r#"{"answer":"none of it"}"#).error().1, "E0000068");
    assert_eq!(client.post(&verify("webauthn"), "").status, 501);
}

fn path(link: &Value, rehearsal: &Rehearsal) -> String {
    link["href"].as_str().unwrap().strip_prefix(&rehearsal.base_url()).expect("the same origin").to_owned()
}

/// A push: 201 WAITING with a poll link, then what the user does.
#[test]
fn a_push_waits_as_often_as_told_and_then_says_what_the_user_did() {
    for (result, after_polls) in [("SUCCESS", 0), ("REJECTED", 2), ("TIMEOUT", 1), ("PASSCODE_REPLAYED", 1)] {
        let (rehearsal, client, user) = org_with(with(&["push"]));
        rehearsal.org().response = Response { result: result.to_owned(), after_polls };
        let verify = user.to(&format!("factors/{}/verify", id_of(&client, &user, "push")));
        let got = client.post(&verify, "");
        let challenge = got.json();
        assert_eq!((got.status, &challenge["factorResult"]), (201, &json!("WAITING")));
        assert!(challenge["expiresAt"].is_string() && challenge.get("_embedded").is_none());
        let poll = path(&challenge["_links"]["poll"], &rehearsal);
        for _ in 0..after_polls {
            assert_eq!(client.get(&poll).json()["factorResult"], "WAITING");
        }
        assert_eq!(client.get(&poll).json()["factorResult"], result);
        assert_eq!(client.get(&poll).json()["factorResult"], result, "it stays");
        assert_eq!(rehearsal.org().polls, after_polls + 2);
    }
}

#[test]
fn number_matching_shows_the_number_only_if_it_was_asked_for() {
    let (_rehearsal, client, user) = org_with(with(&["push"]));
    let verify = user.to(&format!("factors/{}/verify", id_of(&client, &user, "push")));
    let got = client.post(&verify, r#"{"useNumberMatchingChallenge":true}"#).json();
    let number = got["_embedded"]["challenge"]["correctAnswer"].as_u64().expect("a number");
    assert!((10..100).contains(&number), "{number}");
}

/// DELETE on the cancel link ends the challenge, though Okta's description lacks it.
#[test]
fn a_cancelled_push_stays_cancelled() {
    let (rehearsal, client, user) = org_with(with(&["push"]));
    let verify = user.to(&format!("factors/{}/verify", id_of(&client, &user, "push")));
    let challenge = client.post(&verify, "").json();
    let cancel = path(&challenge["_links"]["cancel"], &rehearsal);
    assert_eq!(client.delete(&cancel).status, 204);
    assert_eq!(client.get(&cancel).json()["factorResult"], "CANCELLED");
    assert_eq!(rehearsal.org().cancelled, 1);
    rehearsal.report().assert_clean();
}

/// Expires after five minutes; later it is not known any more (okta-api.md, «Errors», E0000191).
#[test]
fn a_push_that_nobody_answers_expires_by_the_orgs_clock() {
    let (rehearsal, client, user) = org_with(with(&["push"]));
    rehearsal.org().response = Response { result: "WAITING".to_owned(), after_polls: 0 };
    let verify = user.to(&format!("factors/{}/verify", id_of(&client, &user, "push")));
    let poll = path(&client.post(&verify, "").json()["_links"]["poll"], &rehearsal);
    assert_eq!(client.get(&poll).json()["factorResult"], "WAITING");
    rehearsal.org().clock.shift(Duration::from_secs(301));
    assert_eq!(client.get(&poll).json()["factorResult"], "TIMEOUT");
    rehearsal.org().clock.shift(Duration::from_secs(400));
    let (status, code, _) = client.get(&poll).error();
    assert_eq!((status, code.as_str()), (404, "E0000191"));
    assert_eq!(client.get(&format!("{poll}x")).error().1, "E0000007");
}

#[test]
fn users_can_answer_differently() {
    let (rehearsal, client, user) = org();
    rehearsal.org().responses.insert(3, Response { result: "REJECTED".to_owned(), after_polls: 0 });
    let verify = user.to(&format!("factors/{}/verify", id_of(&client, &user, "push")));
    let poll = path(&client.post(&verify, "").json()["_links"]["poll"], &rehearsal);
    assert_eq!(client.get(&poll).json()["factorResult"], "REJECTED");
}
