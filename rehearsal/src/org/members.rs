//! Who is in which group, who is assigned to which app, and who holds which role.

use super::app;
use super::factor::Factor;
use super::group::Group;
use super::role::Role;
use super::user::{Status, User};
use super::{Org, Risk};

impl Org {
    pub fn is_member(&self, group: u64, user: u64) -> bool {
        match self.members.get(&(group, user)) {
            Some(is) => *is,
            None => Group::has(&self.plan, group, user),
        }
    }

    /// Adds or removes a member, whatever the group is.
    pub fn set_member(&mut self, group: u64, user: u64, is: bool) {
        self.members.insert((group, user), is);
        let now = self.now();
        if let Some(mut changed) = self.group(group) {
            changed.last_membership_updated = now;
            self.groups.put(group, changed);
        }
    }

    /// The roles that a user holds, directly and through groups.
    pub fn roles_of(&self, user: u64) -> Vec<Role> {
        let direct = match self.roles.get(&user) {
            Some(roles) => roles.clone(),
            None => Role::seeded(&self.plan, user),
        };
        let through_groups = self.group_roles.iter().filter(|(group, _)| self.is_member(**group, user) && user > 0);
        let through_groups = through_groups.flat_map(|(group, kinds)| {
            kinds.iter().map(|kind| Role::through_group(&self.plan, *group, kind, 1_735_689_600_000))
        });
        direct.into_iter().chain(through_groups).collect()
    }

    /// The roles that a user holds directly.
    pub fn own_roles(&self, user: u64) -> Vec<Role> {
        self.roles_of(user).into_iter().filter(|role| role.assignment == "USER").collect()
    }

    /// Replaces the roles that a user holds directly.
    pub fn set_own_roles(&mut self, user: u64, roles: Vec<Role>) {
        self.roles.insert(user, roles);
    }

    /// Makes all members of a group hold a role.
    pub fn give_group_role(&mut self, group: u64, kind: &str) {
        self.group_roles.entry(group).or_default().push(kind.to_owned());
    }

    pub fn factors_of(&self, user: &User) -> Vec<Factor> {
        match self.factors.get(&user.number) {
            Some(factors) => factors.clone(),
            None => Factor::seeded(&self.plan, user),
        }
    }

    pub fn set_factors(&mut self, user: u64, factors: Vec<Factor>) {
        self.factors.insert(user, factors);
    }

    pub(crate) fn is_assigned(&self, app: u64, user: u64) -> bool {
        match self.app_users.get(&(app, user)) {
            Some(is) => *is,
            None => app::has(&self.plan, app, user),
        }
    }

    pub(crate) fn is_group_assigned(&self, app: u64, group: u64) -> bool {
        match self.app_groups.get(&(app, group)) {
            Some(is) => *is,
            None => app::has_group(app, group),
        }
    }

    /// Whether a user reaches an app, by themselves or through a group.
    pub(crate) fn reaches(&self, app: u64, user: &User) -> bool {
        user.status != Status::Deprovisioned
            && (self.is_assigned(app, user.number)
                || self
                    .groups
                    .numbers()
                    .any(|group| self.is_group_assigned(app, group) && self.is_member(group, user.number)))
    }

    /// The status of a user's device: two in three users have one.
    pub(crate) fn device_status(&self, user: &User) -> Option<String> {
        if user.number >= self.plan.users || self.plan.ids.chance("device", user.number).is_multiple_of(3) {
            return None;
        }
        match self.devices.get(&user.number).map(String::as_str) {
            Some("DELETED") => None,
            Some(status) => Some(status.to_owned()),
            None => Some("ACTIVE".to_owned()),
        }
    }

    pub fn risk_of(&self, user: u64) -> Risk {
        self.risks.get(&user).cloned().unwrap_or(Risk { level: "NONE".to_owned(), reason: None })
    }
}
