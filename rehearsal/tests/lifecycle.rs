//! The status of users: which step leads from where to where (okta-api.md, «Operations»).

mod client;

use client::{Client, org, org_with};
use okta_rehearsal::Rehearsal;
use okta_rehearsal::org::Status::{
    self, Active, Deprovisioned, LockedOut, PasswordExpired, Provisioned, Recovery, Staged, Suspended,
};

/// What a step leads to from each status in which it is allowed, and Okta's refusal from all others.
fn table() -> Vec<(&'static str, Vec<(Status, Status)>, (u16, &'static str))> {
    let from = |statuses: &[Status], to: Status| statuses.iter().map(|status| (*status, to)).collect::<Vec<_>>();
    vec![
        ("suspend", from(&[Active], Suspended), (400, "E0000001")),
        ("unsuspend", from(&[Suspended], Active), (400, "E0000001")),
        ("activate", from(&[Deprovisioned], Provisioned), (403, "E0000016")),
        ("reactivate", from(&[Provisioned, Recovery], Provisioned), (403, "E0000038")),
        (
            "deactivate",
            from(&[Staged, Provisioned, Active, Recovery, LockedOut, PasswordExpired, Suspended], Deprovisioned),
            (403, "E0000038"),
        ),
        ("unlock", from(&[LockedOut], Active), (403, "E0000032")),
        ("expire_password", from(&[Active, PasswordExpired], PasswordExpired), (403, "E0000038")),
        (
            "reset_password?sendEmail=false",
            from(&[Provisioned, Active, Recovery, LockedOut, PasswordExpired], Recovery),
            (403, "E0000038"),
        ),
    ]
}

#[test]
fn every_step_from_every_status_is_as_okta_has_it() {
    let rehearsal = Rehearsal::builder().users(20).start();
    let client = Client::of(&rehearsal);
    let user = rehearsal.org().user(3).unwrap();
    for (step, allowed, (refused, code)) in table() {
        for from in Status::ALL {
            // A STAGED user without a password is the other one that can be activated.
            if step == "activate" && from == Staged {
                continue;
            }
            rehearsal.org().set_status(&user.id, from);
            let got = client.post(&format!("/api/v1/users/{}/lifecycle/{step}", user.id), "");
            let to = rehearsal.org().user(3).unwrap().status;
            match allowed.iter().find(|(status, _)| *status == from) {
                Some((_, expected)) => {
                    assert_eq!((got.status, to), (200, *expected), "{step} from {from:?}: {}", got.text());
                }
                None => {
                    let (status, answered, _) = got.error();
                    assert_eq!((status, answered.as_str(), to), (refused, code, from), "{step} from {from:?}");
                }
            }
        }
    }
    rehearsal.report().assert_clean();
}

/// okta-api.md, «Operations», suspend and unsuspend: the causes.
#[test]
fn refusing_to_suspend_says_why() {
    let (rehearsal, client, user) = org_with(|org| {
        let id = org.user(3).unwrap().id;
        org.set_status(&id, LockedOut);
    });
    let cause = |got: client::Got| got.error().2;
    let suspend = client.post(&user.to("lifecycle/suspend"), "");
    assert_eq!(cause(suspend), "Cannot suspend a user that is not active");
    let unsuspend = client.post(&user.to("lifecycle/unsuspend"), "");
    assert_eq!(cause(unsuspend), "Cannot unsuspend a user that is not suspended");
    assert_eq!(rehearsal.org().changes(), []);
}

/// okta-api.md, «Operations», activate: STAGED, mail by default, the link without one.
#[test]
fn a_staged_user_is_provisioned_by_activation_and_the_link_comes_without_a_mail() {
    let (rehearsal, client, _) = org();
    let body = r#"{"profile":{"firstName":"Test","lastName":"Person","email":"t@x.example","login":"t@x.example"}}"#;
    let made = client.post("/api/v1/users?activate=false", body).json();
    let path = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    assert_eq!((&made["status"], &made["activated"]), (&"STAGED".into(), &serde_json::Value::Null));
    let got = client.post(&format!("{path}/lifecycle/activate?sendEmail=false"), "").json();
    assert!(got["activationUrl"].as_str().unwrap().starts_with(&rehearsal.base_url()), "{got}");
    assert!(got["activationToken"].is_string());
    assert_eq!(client.get(&path).json()["status"], "PROVISIONED");
    assert_eq!(client.post(&format!("{path}/lifecycle/reactivate?sendEmail=true"), "").text(), "{}");
}

/// okta-api.md, «Operations», unlock: ACTIVE with blocked sign-in; Okta's own directory only.
#[test]
fn a_blocked_active_user_can_be_unlocked_and_one_of_a_directory_cannot() {
    let (rehearsal, client, user) = org_with(|org| {
        let mut user = org.user(3).unwrap();
        user.blocked = true;
        org.put_user(user);
    });
    assert_eq!(client.get(&user.to("blocks")).list()[0]["appliesTo"], "UNKNOWN_DEVICES");
    assert_eq!(client.post(&user.to("lifecycle/unlock"), "").status, 200);
    assert_eq!(client.get(&user.to("blocks")).list().len(), 0);
    let mut locked = rehearsal.org().user(3).unwrap();
    (locked.status, locked.provider) = (LockedOut, "ACTIVE_DIRECTORY".to_owned());
    rehearsal.org().put_user(locked);
    assert_eq!(client.post(&user.to("lifecycle/unlock"), "").error().1, "E0000032");
}

/// okta-api.md, «Operations», deactivate: it may go on after the answer.
#[test]
fn a_deactivation_that_lingers_shows_where_it_goes_until_it_is_settled() {
    let (rehearsal, client, user) = org_with(|org| org.lingers = true);
    assert_eq!(client.post(&user.to("lifecycle/deactivate"), "").status, 200);
    let seen = client.get(&user.path).json();
    assert_eq!((&seen["status"], &seen["transitioningToStatus"]), (&"DEPROVISIONED".into(), &"DEPROVISIONED".into()));
    rehearsal.org().settle();
    assert!(client.get(&user.path).json().get("transitioningToStatus").is_none());
}

/// okta-api.md, «Operations», deactivate: ends memberships, roles and factors.
#[test]
fn a_deactivated_user_has_nothing_left() {
    let (_rehearsal, client, user) = org();
    client.post(&user.to("roles"), r#"{"type":"USER_ADMIN"}"#);
    client.post(&user.to("lifecycle/deactivate"), "");
    for (rest, left) in [("roles", 0), ("factors", 0), ("appLinks", 0), ("groups", 1)] {
        assert_eq!(client.get(&user.to(rest)).list().len(), left, "{rest}");
    }
    assert_eq!(client.post(&user.to("lifecycle/reset_factors"), "").error().1, "E0000038");
    assert_eq!(client.post(&user.path, r#"{"profile":{"city":"Bern"}}"#).error().1, "E0000038");
}

/// okta-api.md, «Operations», delete user: the first call deactivates, the second deletes.
#[test]
fn a_user_is_deleted_in_two_steps() {
    let (rehearsal, client, user) = org();
    assert_eq!(client.delete(&format!("{}?sendEmail=false", user.path)).status, 204);
    assert_eq!(user.status(&rehearsal), "DEPROVISIONED");
    assert_eq!(client.delete(&user.path).status, 204);
    assert_eq!(client.get(&user.path).error().1, "E0000007");
    assert_eq!(client.get(&format!("/api/v1/users/{}", user.login)).status, 404);
}

/// okta-api.md, «Operations», reset factors.
#[test]
fn reset_factors_unenrolls_all() {
    let (rehearsal, client, user) = org();
    assert!(!client.get(&user.to("factors")).list().is_empty());
    assert_eq!(client.post(&user.to("lifecycle/reset_factors"), "").status, 200);
    assert_eq!(client.get(&user.to("factors")).text(), "[]");
    assert_eq!(rehearsal.org().changes()[0].operation, "user.mfa.factor.reset_all");
}

/// okta-api.md, «Conventions»: a status that changes says when, by the org's clock.
#[test]
fn a_change_of_status_has_the_time_of_the_org() {
    use okta_rehearsal::clock::Clock;
    let rehearsal = Rehearsal::builder().users(20).clock(Clock::fixed(1_795_500_000)).start();
    let client = Client::of(&rehearsal);
    let path = format!("/api/v1/users/{}", rehearsal.org().user(3).unwrap().id);
    rehearsal.org().clock.shift(std::time::Duration::from_secs(90));
    let got = client.post(&format!("{path}/lifecycle/suspend"), "");
    assert_eq!(got.header("date"), Some("Tue, 24 Nov 2026 06:01:30 GMT"));
    assert_eq!(client.get(&path).json()["statusChanged"], "2026-11-24T06:01:30.000Z");
}
