//! Admin roles, groups, members and rules (okta-api.md, «Operations»).

mod client;

use client::{Client, each, org, org_with};
use okta_rehearsal::Rehearsal;
use serde_json::json;

/// okta-api.md, «Conventions»: ids of assignments; «Errors», E0000090.
#[test]
fn a_role_is_assigned_once_and_its_id_is_the_types() {
    let (rehearsal, client, user) = org();
    rehearsal.org().set_own_roles(3, vec![]);
    let path = user.to("roles?disableNotifications=true");
    let got = client.post(&path, r#"{"type":"USER_ADMIN"}"#);
    assert_eq!((got.status, &got.json()["id"]), (201, &json!("KVJUKUS7IFCE2SKO")));
    assert_eq!(got.json()["assignmentType"], "USER");
    let (status, code, cause) = client.post(&path, r#"{"type":"USER_ADMIN"}"#).error();
    assert_eq!((status, code.as_str()), (409, "E0000090"));
    assert_eq!(cause, "The role specified is already assigned to the user.");
    let other = client.post(&path, r#"{"type":"ORG_ADMIN"}"#).json()["id"].as_str().unwrap().to_owned();
    assert!(other.starts_with("ra1") && other.len() == 20);
    assert_eq!(each(&client.get(&user.to("roles")).list(), "/type"), ["USER_ADMIN", "ORG_ADMIN"]);
    assert_eq!(client.get(&user.to(&format!("roles/{other}"))).json()["type"], "ORG_ADMIN");
    assert_eq!(client.delete(&user.to("roles/KVJUKUS7IFCE2SKO")).status, 204);
    assert_eq!(client.delete(&user.to("roles/KVJUKUS7IFCE2SKO")).error().1, "E0000007");
    let changes = rehearsal.org().changes().to_vec();
    assert_eq!(
        (&changes[2].before["roles"], &changes[2].after["roles"]),
        (&json!(["USER_ADMIN", "ORG_ADMIN"]), &json!(["ORG_ADMIN"]))
    );
    rehearsal.report().assert_clean();
}

#[test]
fn a_role_type_that_does_not_exist_is_refused() {
    let rehearsal = Rehearsal::builder().users(20).verify(false).start();
    let path = format!("/api/v1/users/{}/roles", rehearsal.org().user(3).unwrap().id);
    assert_eq!(Client::of(&rehearsal).post(&path, r#"{"type":"JANITOR"}"#).error().1, "E0000001");
}

/// okta-api.md, «Operations», unassign role: one that is held through a group can't be taken away here.
#[test]
fn a_role_through_a_group_is_listed_and_not_found_when_unassigned() {
    let (_rehearsal, client, user) = org_with(|org| {
        org.set_own_roles(3, vec![]);
        let group = org.add_group("Night admins", None);
        org.set_member(group, 3, true);
        org.set_member(1, 3, false);
        org.give_group_role(group, "USER_ADMIN");
    });
    let roles = client.get(&user.to("roles")).list();
    assert_eq!(
        (each(&roles, "/assignmentType"), each(&roles, "/type")),
        (vec!["GROUP".to_owned()], vec!["USER_ADMIN".to_owned()])
    );
    let id = roles[0]["id"].as_str().unwrap();
    assert_eq!(client.delete(&user.to(&format!("roles/{id}"))).error().1, "E0000007");
    assert_eq!(client.post(&user.to("roles"), r#"{"type":"USER_ADMIN"}"#).status, 201, "directly as well");
}

/// okta-api.md, «Operations», add group: a taken name.
#[test]
fn a_group_is_made_changed_and_deleted() {
    let (rehearsal, client, _) = org();
    let body = r#"{"profile":{"name":"Night shift","description":"On call"}}"#;
    let made = client.post("/api/v1/groups", body).json();
    assert_eq!((&made["type"], &made["profile"]["description"]), (&json!("OKTA_GROUP"), &json!("On call")));
    let (status, code, cause) = client.post("/api/v1/groups", body).error();
    assert_eq!((status, code.as_str()), (400, "E0000001"));
    assert_eq!(cause, "name: An object with this field already exists in the current organization");
    let path = format!("/api/v1/groups/{}", made["id"].as_str().unwrap());
    assert_eq!(client.get(&path).json(), made);
    let got = client.put(&path, r#"{"profile":{"name":"Day shift"}}"#).json();
    assert_eq!((&got["profile"]["name"], &got["profile"]["description"]), (&json!("Day shift"), &json!(null)));
    assert_eq!(client.delete(&path).status, 204);
    let (status, code, _) = client.get(&path).error();
    assert_eq!((status, code.as_str()), (404, "E0000007"));
    assert_eq!(client.post("/api/v1/groups", r#"{"profile":{"name":""}}"#).status, 400);
    assert_eq!(rehearsal.org().changes().len(), 3);
}

/// okta-api.md, «Operations», add / remove member; «Errors», E0000060.
#[test]
fn members_are_added_and_removed_but_not_of_built_in_and_app_groups() {
    let (rehearsal, client, user) = org();
    let group = rehearsal.org().group(25).unwrap();
    let members = format!("/api/v1/groups/{}/users", group.id);
    let member = format!("{members}/{}", user.id);
    for (method, is) in [("PUT", true), ("PUT", true), ("DELETE", false), ("DELETE", false)] {
        assert_eq!(client.send(method, &member, "").status, 204);
        assert_eq!(each(&client.get(&members).list(), "/id").contains(&user.id), is);
        assert_eq!(each(&client.get(&user.to("groups")).list(), "/id").contains(&group.id), is);
    }
    let login = format!("{members}/{}", user.login);
    assert_eq!(client.put(&login, "").status, 404, "ids only, not logins");
    for special in [0, 18] {
        let id = rehearsal.org().group(special).unwrap().id;
        for method in ["PUT", "DELETE"] {
            let (status, code, _) = client.send(method, &format!("/api/v1/groups/{id}/users/{}", user.id), "").error();
            assert_eq!((status, code.as_str()), (501, "E0000060"), "{method} {special}");
        }
    }
}

/// The org knows what a group's members are from the seed: departments, offices, Everyone.
#[test]
fn a_department_has_its_people() {
    let (rehearsal, client, user) = org();
    let department = rehearsal.org().user(3).unwrap().profile.text("department").to_owned();
    let groups = each(&client.get(&user.to("groups")).list(), "/profile/name");
    assert!(groups.contains(&"Everyone".to_owned()) && groups.contains(&department), "{groups:?}");
    let number = rehearsal.org().group_named(&department).unwrap();
    let id = rehearsal.org().group(number).unwrap().id;
    let (members, _) = client.all(&format!("/api/v1/groups/{id}/users"));
    assert!(each(&members, "/profile/department").iter().all(|name| *name == department));
    let counted = client.get("/api/v1/groups?expand=stats&q=everyone").list();
    assert_eq!(counted[0]["_embedded"]["stats"]["usersCount"], 124);
}

#[test]
fn rules_are_listed_and_made() {
    let (_rehearsal, client, _) = org();
    assert_eq!(client.get("/api/v1/groups/rules").list().len(), 2);
    let body = json!({
        "type": "group_rule", "name": "Night",
        "conditions": {"expression": {"type": "urn:okta:expression:1.0", "value": "user.shift==\"night\""}},
        "actions": {"assignUserToGroups": {"groupIds": ["00g1"]}},
    });
    assert_eq!(client.post("/api/v1/groups/rules", &body.to_string()).json()["status"], "INACTIVE");
    assert_eq!(client.get("/api/v1/groups/rules?search=night").list().len(), 1);
}
