//! Single users: how they are found, made and changed (okta-api.md, «Operations»).

mod client;

use client::{Client, org, org_with};
use okta_rehearsal::Rehearsal;
use okta_rehearsal::org::{Features, Status};
use serde_json::json;

/// okta-api.md, «Conventions»: id, login, short login, `me`.
#[test]
fn a_user_is_found_by_id_login_and_short_login() {
    let (_rehearsal, client, user) = org();
    let short = user.login.split('@').next().unwrap();
    for key in [user.id.as_str(), &user.login, &user.login.to_uppercase(), &user.login.replace('@', "%40"), short] {
        let got = client.get(&format!("/api/v1/users/{key}"));
        assert_eq!((got.status, &got.json()["id"]), (200, &json!(user.id)), "{key}");
    }
    let got = client.get("/api/v1/users/nobody@x.example");
    assert_eq!((got.status, got.error().1.as_str()), (404, "E0000007"));
    assert_eq!(got.json()["errorSummary"], "Not found: Resource not found: nobody@x.example (User)");
}

/// okta-api.md, «Conventions»: a short login of two people finds neither; a slash is not found.
#[test]
fn an_ambiguous_short_login_and_a_login_with_a_slash_find_nobody() {
    let (_rehearsal, client, _) = org_with(|org| {
        org.add_user("ada@one.example", "Ada", "One");
        org.add_user("ada@two.example", "Ada", "Two");
        org.add_user("a/b@x.example", "A", "B");
        org.add_user("100%+é?@x.example", "A", "B");
    });
    assert_eq!(client.get("/api/v1/users/ada").status, 404);
    assert_eq!(client.get("/api/v1/users/ada@two.example").json()["profile"]["lastName"], "Two");
    assert_eq!(client.get("/api/v1/users/a%2Fb@x.example").status, 404);
    assert_eq!(client.get("/api/v1/users/100%25+%C3%A9%3F@x.example").status, 200);
}

/// okta-api.md, «Operations», who am I.
#[test]
fn me_is_the_tokens_owner_and_nobody_for_a_service_app() {
    let (rehearsal, client, _) = org();
    assert_eq!(client.get("/api/v1/users/me").json()["id"], json!(rehearsal.org().user(0).unwrap().id));
    rehearsal.org().features = Features { me: false, ..Features::default() };
    assert_eq!(client.get("/api/v1/users/me").status, 404);
}

/// okta-api.md, «Operations», get user: the whole user, with links that fit its status, and an ETag.
#[test]
fn a_single_user_has_the_links_of_its_status_and_a_list_only_self() {
    let (rehearsal, client, user) = org();
    let links = |status: Status| {
        rehearsal.org().set_status(&user.id, status);
        let user = client.get(&user.path).json();
        user["_links"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert!(links(Status::Active).contains(&"suspend".to_owned()));
    let suspended = links(Status::Suspended);
    assert!(suspended.contains(&"unsuspend".to_owned()) && !suspended.contains(&"suspend".to_owned()));
    assert!(links(Status::LockedOut).contains(&"unlock".to_owned()));
    assert!(links(Status::Provisioned).contains(&"reactivate".to_owned()));
    let listed = client.get("/api/v1/users?limit=1").list()[0].clone();
    assert_eq!(listed["_links"].as_object().unwrap().len(), 1);
    for name in ["status", "created", "lastUpdated", "passwordChanged", "type", "profile", "credentials"] {
        assert!(listed.get(name).is_some(), "{name}: {listed}");
    }
    assert!(client.get(&user.path).header("etag").is_some());
}

/// okta-api.md, «Operations», create user.
#[test]
fn a_user_is_created_in_the_status_that_password_and_activation_give() {
    let (rehearsal, client, _) = org();
    let body = |login: &str, more: &str| {
        format!(
            r#"{{"profile":{{"firstName":"A","lastName":"B","email":"{login}","login":"{login}","shoe":"40"}}{more}}}"#
        )
    };
    let password = r#","credentials":{"password":{"value":"Fake-Passw0rd"}}"#;
    for (query, more, status) in [
        ("", "", "PROVISIONED"),
        ("?activate=true", password, "ACTIVE"),
        ("?activate=false", password, "STAGED"),
        ("?activate=true&nextLogin=changePassword", password, "PASSWORD_EXPIRED"),
    ] {
        let login = format!("new{}@x.example", rehearsal.org().changes().len());
        let got = client.post(&format!("/api/v1/users{query}"), &body(&login, more));
        assert_eq!((got.status, &got.json()["status"]), (200, &json!(status)), "{query}: {}", got.text());
        assert_eq!(client.get(&format!("/api/v1/users/{login}")).json()["profile"]["shoe"], "40");
        assert!(!got.text().contains("Fake-Passw0rd"));
    }
    assert_eq!(client.post("/api/v1/users?nextLogin=changePassword", &body("z@x.example", "")).error().1, "E0000124");
}

/// okta-api.md, «Errors», E0000001: a taken login, in any case.
#[test]
fn a_taken_login_and_a_missing_name_are_refused_with_causes() {
    let (_rehearsal, client, user) = org();
    let login = user.login.to_uppercase();
    let taken = json!({"profile": {"firstName": "A", "lastName": "B", "email": login, "login": login}});
    let got = client.post("/api/v1/users", &taken.to_string());
    let cause = "login: An object with this field already exists in the current organization";
    assert_eq!(got.error(), (400, "E0000001".to_owned(), cause.to_owned()));
    let got =
        client.post("/api/v1/users", r#"{"profile":{"firstName":"A","email":"q@x.example","login":"q@x.example"}}"#);
    assert_eq!((got.status, got.error().2.as_str()), (400, "lastName: The field cannot be left blank"));
}

#[test]
fn a_new_user_joins_the_groups_that_the_request_names() {
    let (rehearsal, client, _) = org();
    let group = rehearsal.org().group(3).unwrap();
    let body = json!({
        "profile": {"firstName": "A", "lastName": "B", "email": "n@x.example", "login": "n@x.example"},
        "groupIds": [group.id],
    });
    let id = client.post("/api/v1/users", &body.to_string()).json()["id"].as_str().unwrap().to_owned();
    let groups = client.get(&format!("/api/v1/users/{id}/groups")).list();
    assert_eq!(client::each(&groups, "/profile/name"), ["Everyone", group.name.as_str()]);
}

/// okta-api.md, «Operations», update user: POST merges, PUT replaces.
#[test]
fn post_merges_a_profile_and_put_replaces_it() {
    let (rehearsal, client, user) = org();
    let got = client.post(&user.path, r#"{"profile":{"city":"Bern","team":"Night"}}"#).json();
    assert_eq!((&got["profile"]["city"], &got["profile"]["team"]), (&json!("Bern"), &json!("Night")));
    assert_eq!(got["profile"]["login"], json!(user.login));
    let change = rehearsal.org().changes()[0].clone();
    assert_eq!(change.after, json!({"city": "Bern", "team": "Night"}));
    let body = json!({"profile": {"firstName": "A", "lastName": "B", "email": user.login, "login": user.login}});
    let got = client.put(&user.path, &body.to_string()).json();
    assert_eq!((got["profile"].get("city"), &got["profile"]["firstName"]), (None, &json!("A")));
}

#[test]
fn a_new_login_is_found_and_the_old_one_is_not() {
    let (_rehearsal, client, user) = org();
    assert_eq!(client.post(&user.path, r#"{"profile":{"login":"new.name@x.example"}}"#).status, 200);
    assert_eq!(client.get("/api/v1/users/new.name@x.example").json()["id"], json!(user.id));
    assert_eq!(client.get(&format!("/api/v1/users/{}", user.login)).status, 404);
}

#[test]
fn a_write_that_names_an_old_version_is_refused() {
    let (_rehearsal, _, user) = org();
    let rehearsal = Rehearsal::builder().users(120).start();
    let etag = Client::of(&rehearsal).get(&user.path).header("etag").unwrap().to_owned();
    let client = Client::of(&rehearsal).header("If-Match", &etag);
    assert_eq!(client.post(&user.path, r#"{"profile":{"city":"Bern"}}"#).status, 200);
    assert_eq!(client.post(&user.path, r#"{"profile":{"city":"Rome"}}"#).error().1, "E0000231");
}

/// okta-api.md, «Operations», set password; «Errors», E0000001 and E0000080.
#[test]
fn a_password_is_set_if_the_policy_and_the_history_allow_it() {
    let (rehearsal, client, user) = org();
    let set = |password: &str| {
        client.post(&user.path, &json!({"credentials": {"password": {"value": password}}}).to_string())
    };
    let local = user.login.split('@').next().unwrap();
    for weak in ["Sh0rt", "no-uppercase-1", "NO-LOWERCASE-1", "No-Digit-Here", &format!("Xx1-{local}")] {
        let (status, code, cause) = set(weak).error();
        assert_eq!((status, code.as_str()), (400, "E0000001"), "{weak}");
        assert!(cause.starts_with("password: Password requirements were not met"), "{cause}");
        assert!(!cause.contains(weak));
    }
    rehearsal.org().set_status(&user.id, Status::PasswordExpired);
    let got = set("Fake-Passw0rd-1").json();
    assert_eq!(got["status"], "ACTIVE");
    let (status, code, cause) = set("Fake-Passw0rd-1").error();
    assert_eq!((status, code.as_str(), cause.as_str()), (403, "E0000080", "Password has been used too recently"));
    assert!(!rehearsal.report().json().to_string().contains("Fake-Passw0rd-1"));
}

/// okta-api.md, «Operations», expire password with a temporary one; reset password.
#[test]
fn secrets_come_in_the_answers_that_okta_has_them_in() {
    let (rehearsal, client, user) = org();
    let got = client.post(&user.to("lifecycle/expire_password_with_temp_password?revokeSessions=true"), "").json();
    assert!(got["tempPassword"].is_string());
    assert_eq!(client.post(&user.to("lifecycle/reset_password?sendEmail=true"), "").text(), "{}");
    let first = client.post(&user.to("lifecycle/reset_password?sendEmail=false"), "").json();
    let second = client.post(&user.to("lifecycle/reset_password?sendEmail=false"), "").json();
    assert!(first["resetPasswordUrl"].is_string());
    assert_ne!(first, second, "each call voids the last link");
    assert_eq!(user.status(&rehearsal), "RECOVERY");
    assert!(!rehearsal.report().json().to_string().contains("fake-link"), "no secret in the report");
}

#[test]
fn a_reset_without_send_email_is_refused_even_where_nothing_is_verified() {
    let rehearsal = Rehearsal::builder().users(20).verify(false).start();
    let path = format!("/api/v1/users/{}/lifecycle/reset_password", rehearsal.org().user(3).unwrap().id);
    assert_eq!(Client::of(&rehearsal).post(&path, "").error().1, "E0000028");
}

#[test]
fn a_password_is_changed_with_the_old_one() {
    let (_rehearsal, client, user) = org();
    let body = |old: &str, new: &str| json!({"oldPassword": {"value": old}, "newPassword": {"value": new}}).to_string();
    let path = user.to("credentials/change_password");
    assert_eq!(client.post(&path, &body("Whatever-1", "Fake-Passw0rd-1")).status, 200);
    assert_eq!(client.post(&path, &body("Whatever-1", "Fake-Passw0rd-2")).error().1, "E0000014");
}

/// okta-api.md, «Operations», clear sessions; revoke grants; universal logout.
#[test]
fn sessions_grants_and_everything_are_ended() {
    let (rehearsal, client, user) = org();
    assert_eq!(client.delete(&user.to("sessions?oauthTokens=true")).status, 204);
    assert_eq!(client.delete(&user.to("grants")).status, 204);
    assert_eq!(client.get(&user.to("grants")).text(), "[]");
    let body = json!({"sub_id": {"format": "opaque", "id": user.id}}).to_string();
    assert_eq!(client.post("/oauth2/v1/global-token-revocation", &body).status, 204);
    let operations: Vec<String> = rehearsal.org().changes().iter().map(|change| change.operation.clone()).collect();
    let expected = ["user.session.clear", "app.oauth2.consent.revoke.user", "user.authentication.universal_logout"];
    assert_eq!(operations, expected);
    assert_eq!(client.delete("/api/v1/users/nobody@x.example/sessions").status, 404);
    rehearsal.org().features.universal_logout = false;
    assert_eq!(client.post("/oauth2/v1/global-token-revocation", &body).error().1, "E0000006");
}

/// okta-api.md, «Operations», user's blocks.
#[test]
fn blocks_are_embedded_and_a_feature_that_may_be_off() {
    let (rehearsal, client, user) = org();
    assert_eq!(client.get(&format!("{}?expand=blocks", user.path)).json()["_embedded"], json!({"blocks": []}));
    rehearsal.org().features.blocks = false;
    assert_eq!(client.get(&user.to("blocks")).error().1, "E0000015");
}
