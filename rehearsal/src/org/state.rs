//! Making the state that a test wants, and looking at what has become of the org.

use serde_json::{Value, json};

use super::ids::Kind;
use super::plan::Plan;
use super::{Group, Org, Profile, Role, Status, Target, User};
use crate::clock::iso;

impl Org {
    /// Stores a user as is; its number says which.
    pub fn put_user(&mut self, user: User) {
        self.users.put(user.number, user);
    }

    /// Puts a user into a status, as if it had always been so: not a change that a client made.
    /// Panics where there is no such user.
    pub fn set_status(&mut self, user: &str, status: Status) {
        let number = self.find_user(user).unwrap_or_else(|| panic!("no user {user:?}"));
        let mut user = self.user(number).expect("found");
        user.status = status;
        user.status_changed = Some(self.now());
        self.put_user(user);
    }

    /// Makes a user hold a role, as if it had always been so; the assignment's id is returned.
    /// Panics where there is no such user.
    pub fn give_role(&mut self, user: &str, kind: &str) -> String {
        let number = self.find_user(user).unwrap_or_else(|| panic!("no user {user:?}"));
        let role = Role::new(&self.plan, number, kind, self.now());
        let mut roles = self.own_roles(number);
        roles.retain(|held| held.id != role.id);
        roles.push(role.clone());
        self.set_own_roles(number, roles);
        role.id
    }

    /// Adds an ACTIVE user with a password; the number is returned.
    pub fn add_user(&mut self, login: &str, first: &str, last: &str) -> u64 {
        let now = self.now();
        let number = self.users.next();
        let mut profile = Profile::default();
        for (name, value) in [("firstName", first), ("lastName", last), ("login", login), ("email", login)] {
            profile.set(name, value);
        }
        self.put_user(User {
            number,
            id: self.plan.user_id(number),
            status: Status::Active,
            created: now,
            activated: Some(now),
            status_changed: Some(now),
            last_login: None,
            last_updated: now,
            password_changed: Some(now),
            profile,
            transitioning_to: None,
            provider: "OKTA".to_owned(),
            passwords: Vec::new(),
            blocked: false,
        });
        number
    }

    /// Adds a group; the number is returned.
    pub fn add_group(&mut self, name: &str, description: Option<&str>) -> u64 {
        let (now, number) = (self.now(), self.groups.next());
        self.groups.put(
            number,
            Group {
                number,
                id: self.plan.group_id(number),
                kind: "OKTA_GROUP".to_owned(),
                name: name.to_owned(),
                description: description.map(str::to_owned),
                more: serde_json::Map::new(),
                created: now,
                last_updated: now,
                last_membership_updated: now,
                app: None,
            },
        );
        number
    }

    /// Another admin changes a user's status.
    pub fn intervene(&mut self, admin: &str, number: u64, status: Status) {
        let Some(mut user) = self.user(number) else { return };
        let before = user.status;
        user.status = status;
        user.status_changed = Some(self.now());
        user.last_updated = self.now();
        self.put_user(user.clone());
        let event = match (before, status) {
            (_, Status::Suspended) => "user.lifecycle.suspend",
            (Status::Suspended, Status::Active) => "user.lifecycle.unsuspend",
            (_, Status::Deprovisioned) => "user.lifecycle.deactivate",
            (_, Status::Active) => "user.lifecycle.activate",
            (_, Status::LockedOut) => "user.account.lock",
            _ => "user.account.update_status",
        };
        let (before, after) = (json!({"status": before}), json!({"status": status}));
        self.as_admin(admin, |org| {
            org.note(event, "Status changed by another admin", &Target::user(&user), before, after);
        });
    }

    /// Another admin changes the roles that a user holds directly.
    pub fn intervene_roles(&mut self, admin: &str, number: u64, roles: Vec<Role>) {
        let Some(user) = self.user(number) else { return };
        let kinds = |roles: &[Role]| roles.iter().map(|role| role.kind.clone()).collect::<Vec<_>>();
        let before = json!({"roles": kinds(&self.own_roles(number))});
        let after = json!({"roles": kinds(&roles)});
        self.set_own_roles(number, roles);
        self.as_admin(admin, |org| {
            let target = Target::user(&user);
            org.note("user.account.privilege.update", "Roles changed by another admin", &target, before, after);
        });
    }

    /// Another admin adds or removes a member of a group.
    pub fn intervene_member(&mut self, admin: &str, group: u64, number: u64, is: bool) {
        let (Some(user), Some(known)) = (self.user(number), self.group(group)) else { return };
        let facts = |is: bool| json!({"group": known.name, "member": is});
        let before = facts(self.is_member(group, number));
        self.set_member(group, number, is);
        let event = if is { "group.user_membership.add" } else { "group.user_membership.remove" };
        self.as_admin(admin, |org| {
            org.note(event, "Membership changed by another admin", &Target::user(&user), before, facts(is));
        });
    }

    /// Ends all transitions (okta-api.md, «Operations», deactivate).
    pub fn settle(&mut self) {
        let lingering: Vec<User> = self
            .users
            .changed()
            .filter_map(|(_, user)| user.filter(|user| user.transitioning_to.is_some()))
            .cloned()
            .collect();
        for mut user in lingering {
            user.transitioning_to = None;
            self.put_user(user);
        }
    }

    /// This org with one user, or one group, as it is in another: what a stale read sees.
    pub(crate) fn with_object_of(&self, old: &Org, object: &Object) -> Org {
        let mut org = self.clone();
        match object {
            Object::User(number) => {
                org.users.restore(*number, &old.users);
                org.factors = swap(*number, &self.factors, &old.factors);
                org.roles = swap(*number, &self.roles, &old.roles);
                org.risks = swap(*number, &self.risks, &old.risks);
                org.members = self.members.clone();
                org.members.retain(|(_, user), _| user != number);
                org.members
                    .extend(old.members.iter().filter(|((_, user), _)| user == number).map(|(key, is)| (*key, *is)));
            }
            Object::Group(number) => {
                org.groups.restore(*number, &old.groups);
                org.members.retain(|(group, _), _| group != number);
                org.members
                    .extend(old.members.iter().filter(|((group, _), _)| group == number).map(|(key, is)| (*key, *is)));
            }
        }
        org
    }

    /// What differs from the seed, for people to look at.
    pub fn state(&self) -> Value {
        let users = self.users.changed().map(|(number, user)| match user {
            None => json!({"id": self.plan.user_id(number), "deleted": true}),
            Some(user) => json!({
                "id": user.id, "login": user.login(), "status": user.status,
                "statusChanged": user.status_changed.map(iso),
                "groups": self.groups_of(number).iter().map(|group| group.name.clone()).collect::<Vec<_>>(),
                "roles": self.own_roles(number).iter().map(|role| role.kind.clone()).collect::<Vec<_>>(),
            }),
        });
        let groups = self.groups.changed().map(|(number, group)| match group {
            None => json!({"id": self.plan.group_id(number), "deleted": true}),
            Some(group) => json!({"id": group.id, "name": group.name, "type": group.kind}),
        });
        let roles = self.roles.iter().map(|(user, roles)| {
            json!({
                "user": self.plan.user_id(*user),
                "roles": roles.iter().map(|role| json!({"id": role.id, "type": role.kind})).collect::<Vec<_>>(),
            })
        });
        json!({
            "company": self.plan.people.company(), "seed": self.plan.seed, "time": iso(self.now()),
            "users": {"seeded": self.plan.users, "deprovisioned": self.plan.former, "changed": users.collect::<Vec<_>>()},
            "groups": {"seeded": self.plan.groups, "changed": groups.collect::<Vec<_>>()},
            "roles": roles.collect::<Vec<_>>(),
            "challenges": self.challenges.iter().map(|challenge| json!({
                "id": challenge.id, "user": self.plan.user_id(challenge.user), "polls": challenge.polls,
                "cancelled": challenge.cancelled, "result": challenge.result,
            })).collect::<Vec<_>>(),
            "passcode": self.passcode,
            "changes": self.changes.len(),
        })
    }
}

/// An object of which a stale read can be had, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    User(u64),
    Group(u64),
}

/// `new` with what `old` has for one user.
fn swap<T: Clone>(
    user: u64,
    new: &std::collections::BTreeMap<u64, T>,
    old: &std::collections::BTreeMap<u64, T>,
) -> std::collections::BTreeMap<u64, T> {
    let mut swapped = new.clone();
    match old.get(&user) {
        Some(value) => swapped.insert(user, value.clone()),
        None => swapped.remove(&user),
    };
    swapped
}

/// An API token that the seed makes; the first is the one in use.
pub(super) fn api_token(plan: &Plan, number: u64) -> Value {
    let name = ["Rehearsal", "Nightly export", "Old integration"][number as usize % 3];
    let created = plan.moment("token", number, 1_704_067_200_000, 1_764_547_200_000);
    json!({
        "id": plan.ids.of(Kind::ApiToken, "00T", number), "name": name, "userId": plan.user_id(number * 3),
        "clientName": "Okta API", "tokenWindow": "P30D", "created": iso(created), "lastUpdated": iso(created),
        "expiresAt": iso(plan.started + 2_592_000_000),
        "network": {"connection": "ANYWHERE"},
    })
}

/// A rule that the seed makes: it fills a department's group.
pub(super) fn rule(plan: &Plan, number: u64) -> Value {
    let group = number + 2;
    let department = super::people::DEPARTMENTS[number as usize].0;
    let created = iso(plan.moment("rule", number, 1_704_067_200_000, 1_764_547_200_000));
    json!({
        "id": plan.ids.of(Kind::Rule, "0pr", number), "type": "group_rule", "status": "ACTIVE",
        "name": format!("{department} by department"), "created": created, "lastUpdated": created,
        "conditions": {"expression": {
            "value": format!("user.department==\"{department}\""), "type": "urn:okta:expression:1.0",
        }},
        "actions": {"assignUserToGroups": {"groupIds": [plan.group_id(group)]}},
    })
}
