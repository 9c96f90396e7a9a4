//! Finding users and groups.

use super::ids::Kind;
use super::{Group, Org, Status, User};

impl Org {
    /// A user by number, from 0 (the token's owner).
    pub fn user(&self, number: u64) -> Option<User> {
        self.users.get(&self.plan, number)
    }

    /// The number of a user by id, by login in any case, or by a login's unambiguous short form
    /// (okta-api.md, «Conventions»).
    pub fn find_user(&self, key: &str) -> Option<u64> {
        if let Some(number) = self.plan.ids.number(Kind::User, "00u", key) {
            return self.user(number).map(|user| user.number);
        }
        // Okta doesn't find a login with a slash by path (okta-api.md, «Conventions»).
        if key.contains('/') {
            return None;
        }
        let is_login = |user: &User| user.login().to_lowercase() == key.to_lowercase();
        let is_short = |user: &User| {
            user.login().split_once('@').is_some_and(|(local, _)| local.to_lowercase() == key.to_lowercase())
        };
        let found = |fits: &dyn Fn(&User) -> bool| -> Vec<u64> {
            let seeded = self.plan.people.number(key).filter(|number| self.users.is_untouched(*number));
            let seeded = seeded.and_then(|number| self.user(number)).filter(fits).map(|user| user.number);
            let changed = self.users.changed().filter_map(|(_, user)| user).filter(|user| fits(user));
            seeded.into_iter().chain(changed.map(|user| user.number)).collect()
        };
        match (found(&is_login).as_slice(), found(&is_short).as_slice()) {
            ([number, ..], _) | ([], [number]) => Some(*number),
            _ => None,
        }
    }

    /// The first user in a status.
    pub fn first(&self, status: Status) -> Option<User> {
        self.users.numbers().filter_map(|number| self.user(number)).find(|user| user.status == status)
    }

    /// A group by number, from 0 (Everyone).
    pub fn group(&self, number: u64) -> Option<Group> {
        self.groups.get(&self.plan, number)
    }

    /// The number of a group by id.
    pub fn find_group(&self, id: &str) -> Option<u64> {
        let number = self.plan.ids.number(Kind::Group, "00g", id)?;
        self.group(number).map(|group| group.number)
    }

    /// The number of a group by its exact name.
    pub fn group_named(&self, name: &str) -> Option<u64> {
        self.groups.all(&self.plan).find(|(_, group)| group.name == name).map(|(number, _)| number)
    }

    /// Groups of a user, in the order of their numbers.
    pub fn groups_of(&self, user: u64) -> Vec<Group> {
        self.groups
            .all(&self.plan)
            .filter(|(number, _)| self.is_member(*number, user))
            .map(|(_, group)| group)
            .collect()
    }
}
