//! Single users: read, made, changed, deleted; their sessions and grants.

use serde_json::{Map, Value, json};

use super::call::{Call, Outcome, Refusal};
use super::password::{self, Judged};
use super::single::{etag, single};
use crate::org::{Org, Profile, Status, Target, User};
use crate::server::Answer;

/// okta-api.md, «Operations», get user.
pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let answer = single(org, &user);
    // `expand=blocks` embeds them (okta-api.md, «Operations», user's blocks).
    if call.parameter("expand") == Some("blocks") && org.features.blocks {
        let mut value: Value = serde_json::from_slice(&answer.body).expect("own JSON");
        value["_embedded"] = json!({"blocks": blocks_of(&user)});
        return Ok(Answer::json(200, &value).header("ETag", etag(&user)));
    }
    Ok(answer)
}

fn blocks_of(user: &User) -> Value {
    match user.blocked {
        true => json!([{"type": "DEVICE_BASED", "appliesTo": "UNKNOWN_DEVICES"}]),
        false => json!([]),
    }
}

/// okta-api.md, «Operations», user's blocks.
pub(super) fn blocks(org: &mut Org, call: &Call<'_>) -> Outcome {
    if !org.features.blocks {
        return Err(Refusal::new(
            401,
            "E0000015",
            "You do not have permission to access the feature you are requesting",
        ));
    }
    Ok(Answer::json(200, &blocks_of(&call.user(org)?)))
}

const REQUIRED: [&str; 4] = ["firstName", "lastName", "email", "login"];

/// What is wrong with a profile as a whole. `own` is the number of the user that may have its login.
fn check_profile(org: &Org, profile: &Profile, own: Option<u64>) -> Result<(), Refusal> {
    let missing: Vec<String> = REQUIRED
        .iter()
        .filter(|name| profile.text(name).is_empty())
        .map(|name| format!("{name}: The field cannot be left blank"))
        .collect();
    if !missing.is_empty() {
        let first = missing[0].split(':').next().unwrap_or_default().to_owned();
        return Err(Refusal::invalid(&first, &missing));
    }
    let login = profile.text("login");
    for name in ["email", "login"] {
        if !profile.text(name).contains('@') {
            let cause = format!("{name}: must be in the form of an email address");
            return Err(Refusal::invalid(name, &[cause]));
        }
    }
    // The short form of another login is no login: only the whole is compared.
    let taken = org.find_user(login).filter(|number| Some(*number) != own).and_then(|number| org.user(number));
    if taken.is_some_and(|user| user.login().to_lowercase() == login.to_lowercase()) {
        let cause = "login: An object with this field already exists in the current organization";
        return Err(Refusal::invalid("login", &[cause.to_owned()]));
    }
    Ok(())
}

fn merge(profile: &mut Profile, given: Option<&Map<String, Value>>) {
    for (name, value) in given.into_iter().flatten() {
        profile.set(name, value.clone());
    }
}

/// okta-api.md, «Operations», create user. What status comes of `activate` and a password follows
/// Okta's reference: without a password the user still has to be activated by mail.
pub(super) fn create(org: &mut Org, call: &Call<'_>) -> Outcome {
    let activate = call.flag("activate", true);
    let mut profile = Profile::default();
    for name in ["firstName", "lastName", "mobilePhone", "secondEmail", "login", "email"] {
        profile.set(name, Value::Null);
    }
    merge(&mut profile, call.body["profile"].as_object());
    check_profile(org, &profile, None)?;
    let password = call.body["credentials"]["password"]["value"].as_str();
    if call.parameter("nextLogin") == Some("changePassword") {
        if password.is_none() {
            return Err(Refusal::new(
                400,
                "E0000124",
                "Could not create user. To create a user and expire the password immediately, a password must be specified",
            ));
        }
        if !activate {
            return Err(Refusal::new(
                400,
                "E0000125",
                "Could not create user. To create a user and expire the password immediately, \"activate\" must be true",
            ));
        }
    }
    let mut groups = Vec::new();
    for id in call.body["groupIds"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let number = org.find_group(id).ok_or_else(|| Refusal::not_found(id, "UserGroup"))?;
        groups.push(number);
    }
    let (first, last, login) =
        (profile.text("firstName").to_owned(), profile.text("lastName").to_owned(), profile.text("login").to_owned());
    if let Some(password) = password
        && let Judged::Weak(refusal) = password::judge(&login, &[], password)
    {
        return Err(refusal);
    }
    let number = org.add_user(&login, &first, &last);
    let mut user = org.user(number).expect("just added");
    user.profile = profile;
    user.status = match (activate, password.is_some()) {
        (false, _) => Status::Staged,
        (true, false) => Status::Provisioned,
        (true, true) if call.parameter("nextLogin") == Some("changePassword") => Status::PasswordExpired,
        (true, true) => Status::Active,
    };
    if !activate {
        (user.activated, user.status_changed) = (None, None);
    }
    user.passwords = password.map(str::to_owned).into_iter().collect();
    user.password_changed = password.map(|_| org.now());
    org.put_user(user.clone());
    groups.iter().for_each(|group| org.set_member(*group, number, true));
    org.note(
        "user.lifecycle.create",
        "Create okta user",
        &Target::user(&user),
        Value::Null,
        json!({"status": user.status, "login": login}),
    );
    Ok(single(org, &user))
}

fn if_match(user: &User, call: &Call<'_>) -> Result<(), Refusal> {
    match call.seen.header("if-match") {
        Some(wanted) if wanted != "*" && wanted != etag(user) => {
            Err(Refusal::new(412, "E0000231", "The etag does not match the current version of the object"))
        }
        _ => Ok(()),
    }
}

/// okta-api.md, «Operations», update user and set password: POST merges.
pub(super) fn update(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    change(org, call, user.profile.clone(), user)
}

/// PUT replaces the profile.
pub(super) fn replace(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    change(org, call, Profile::default(), user)
}

fn change(org: &mut Org, call: &Call<'_>, mut profile: Profile, user: User) -> Outcome {
    if_match(&user, call)?;
    if user.status == Status::Deprovisioned {
        return Err(Refusal::wrong_status());
    }
    merge(&mut profile, call.body["profile"].as_object());
    check_profile(org, &profile, Some(user.number))?;
    let mut changed = user.clone();
    changed.profile = profile;
    let (mut before, mut after) = (Map::new(), Map::new());
    for (name, value) in changed.profile.iter() {
        if user.profile.get(name) != Some(value) {
            before.insert(name.to_owned(), user.profile.get(name).cloned().unwrap_or_default());
            after.insert(name.to_owned(), value.clone());
        }
    }
    for (name, value) in user.profile.iter().filter(|(name, _)| changed.profile.get(name).is_none()) {
        before.insert(name.to_owned(), value.clone());
        after.insert(name.to_owned(), Value::Null);
    }
    let password = call.body["credentials"]["password"]["value"].as_str();
    if let Some(password) = password {
        password::set(org, &mut changed, password)?;
    }
    changed.last_updated = org.now();
    org.put_user(changed.clone());
    if !after.is_empty() {
        org.note(
            "user.account.update_profile",
            "Update user profile for Okta",
            &Target::user(&changed),
            json!(before),
            json!(after),
        );
    }
    if password.is_some() {
        password::note_set(org, &user, &changed);
    }
    Ok(single(org, &changed))
}

/// okta-api.md, «Operations», delete user: in two steps.
pub(super) fn delete(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    if user.status != Status::Deprovisioned {
        super::lifecycle::deprovision(org, user);
        return Ok(Answer::new(204, ""));
    }
    org.users.remove(user.number);
    let before = json!({"status": user.status});
    org.note("user.lifecycle.delete.completed", "Delete okta user", &Target::user(&user), before, Value::Null);
    Ok(Answer::new(204, ""))
}

/// okta-api.md, «Operations», clear sessions.
pub(super) fn clear_sessions(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let mut after = json!({"sessions": "cleared", "oauthTokens": call.flag("oauthTokens", false)});
    if let Some(forget) = call.parameter("forgetDevices") {
        after["forgetDevices"] = json!(forget == "true");
    }
    org.note("user.session.clear", "Clear user session", &Target::user(&user), json!({}), after);
    Ok(Answer::new(204, ""))
}

/// Nobody has consented to anything in this org.
pub(super) fn grants(org: &mut Org, call: &Call<'_>) -> Outcome {
    call.user(org)?;
    Ok(Answer::new(200, "[]"))
}

/// okta-api.md, «Operations», revoke grants.
pub(super) fn revoke_grants(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let after = json!({"grants": "revoked"});
    org.note("app.oauth2.consent.revoke.user", "Revoke user consents", &Target::user(&user), json!({}), after);
    Ok(Answer::new(204, ""))
}

/// okta-api.md, «Operations», universal logout.
pub(super) fn universal_logout(org: &mut Org, call: &Call<'_>) -> Outcome {
    if !org.features.universal_logout {
        return Err(Refusal::new(403, "E0000006", "You do not have permission to perform the requested action"));
    }
    let subject = &call.body["sub_id"];
    let id = match subject["format"].as_str() {
        Some("opaque") => subject["id"].as_str().unwrap_or_default(),
        format => return Err(Refusal::unknown(&format!("a global token revocation by {format:?}"))),
    };
    let user = org.find_user(id).and_then(|number| org.user(number)).ok_or_else(|| Refusal::not_found(id, "User"))?;
    let after = json!({"sessions": "cleared", "tokens": "revoked", "apps": "signed out"});
    org.note("user.authentication.universal_logout", "Universal logout", &Target::user(&user), json!({}), after);
    Ok(Answer::new(204, ""))
}
