//! The table of bad requests: input, the kind of the failure, and what the message says.

use super::GOOD;

/// A request that must not be carried out.
pub struct Row {
    /// What comes on stdin.
    pub input: Vec<u8>,
    /// The kind of the failure.
    pub kind: &'static str,
    /// Pieces of the message.
    pub says: &'static [&'static str],
}

fn input(input: impl Into<Vec<u8>>, says: &'static [&'static str]) -> Row {
    Row { input: input.into(), kind: "invalid_request", says }
}

/// A request with a good configuration; `rest` are its other members.
fn request(rest: &str, says: &'static [&'static str]) -> Row {
    input(format!("{{{rest},\"config\":{GOOD}}}"), says)
}

/// *list users* with this configuration.
fn config(config: &str, says: &'static [&'static str]) -> Row {
    input(format!("{{\"action\":\"list users\",\"config\":{config}}}"), says)
}

/// *list users* with this `base_url`, which is JSON.
fn base(url: &str, says: &'static [&'static str]) -> Row {
    config(&GOOD.replace("\"https://example.okta.com\"", url), says)
}

/// *list users* with this `api_key`, which is JSON.
fn key(key: &str, says: &'static [&'static str]) -> Row {
    config(&GOOD.replace("\"00tTokenOfTheTests-0123456789_abcdefghijklm\"", key), says)
}

/// *list users* with one more setting.
fn setting(setting: &str, says: &'static [&'static str]) -> Row {
    config(&format!("{},{setting}}}", GOOD.trim_end_matches('}')), says)
}

fn wrong(action: &str, parameters: &str, says: &'static [&'static str]) -> Row {
    let rest = format!("\"action\":\"{action}\",\"parameters\":{parameters}");
    Row { kind: "invalid_parameter", ..request(&rest, says) }
}

pub fn unreadable() -> Vec<Row> {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    let large = format!("{{\"action\":\"list users\",\n\"x\":\"{}\"}}", "y".repeat(17 << 20));
    vec![
        input("", &["empty", "line 1, column 1"]),
        input(" \n\t ", &["empty", "line 1, column 1"]),
        input("\u{feff}", &["empty"]),
        input("{", &["incomplete JSON", "line 1, column"]),
        input("{\n \"action\":", &["incomplete JSON", "line 2, column"]),
        input("{\"action\":\"list us", &["incomplete JSON", "line 1, column"]),
        input("list users", &["not valid JSON", "line 1, column 1"]),
        input("[]", &["must be a JSON object, not an array", "line 1, column 1"]),
        input("\"list users\"", &["must be a JSON object, not text", "line 1, column 1"]),
        input("42", &["not a number", "line 1, column 1"]),
        input("null", &["not null", "line 1, column 1"]),
        input("true", &["not a boolean", "line 1, column 1"]),
        input("{} {}", &["not valid JSON", "line 1, column 4"]),
        input("{\"action\":\"list users\",}", &["not valid JSON", "line 1, column 24"]),
        input("{\n  \"action\": oops\n}", &["not valid JSON", "line 2, column 13"]),
        input("{'action':'list users'}", &["not valid JSON", "line 1, column 2"]),
        input("{\"action\":\"list users\" // which\n}", &["not valid JSON", "line 1, column 24"]),
        input("{\"limit\":NaN}", &["not valid JSON", "line 1, column 10"]),
        input("{\"a\":\"é\",\"b\":x}", &["not valid JSON", "line 1, column 14"]),
        input("{\"a\":\"line\nbreak\"}", &["not valid JSON", "line"]),
        input(b"{\"action\":\"\xff\"}".to_vec(), &["not UTF-8", "line 1, column 12"]),
        input(b"{\"a\":\"\xc3\xa9\",\n\"b\":\"\xc3\"}".to_vec(), &["not UTF-8", "line 2, column 6"]),
        input(b"\xff\xfe{\0}\0".to_vec(), &["not UTF-8", "line 1, column 1"]),
        input("{\0}", &["not valid JSON", "line 1, column 2"]),
        input(deep("[", "]"), &["nested deeper", "line 1, column 129"]),
        input(deep("{\"a\":\n", "}"), &["nested deeper", "line 129, column"]),
        request(
            &format!("\"action\":\"list users\",\"parameters\":{{\"context\":{}}}", deep("[", "]")),
            &["nested deeper", "line 1"],
        ),
        input(large, &["larger than 16 MiB", "line 2, column"]),
        input(vec![b' '; 17 << 20], &["larger than 16 MiB", "line 1, column"]),
        request("\"action\":\"list users\",\"action\":\"get user\"", &["`action` twice", "line 1, column"]),
        request(
            "\"action\":\"get user\",\"parameters\":{},\"parameters\":{\"user_id\":\"a\"}",
            &["`parameters` twice", "line 1"],
        ),
        request(
            "\"action\":\"list users\",\"parameters\":{\"limit\":1,\n\"limit\":2}",
            &["`limit` twice", "line 2, column 9"],
        ),
        request(
            "\"action\":\"list users\",\"parameters\":{\"limit\":1,\"l\\u0069mit\":2}",
            &["`limit` twice", "line 1"],
        ),
        request(
            "\"action\":\"get user\",\"parameters\":[{\"user_id\":\"a\"},{\"user_id\":\"a\",\"user_id\":\"b\"}]",
            &["`user_id` twice", "line 1"],
        ),
        config(
            "{\"base_url\":\"a.okta.com\",\"base_url\":\"b.okta.com\",\"api_key\":\"x\"}",
            &["`base_url` twice", "line 1"],
        ),
        request(
            "\"action\":\"list users\",\"parameters\":\"limit\"",
            &["`parameters`", "an object or an array", "not text", "line 1"],
        ),
        request("\"action\":\"list users\",\"parameters\":5", &["`parameters`", "not a number"]),
        request("\"action\":\"list users\",\"parameters\":true", &["`parameters`", "not a boolean"]),
        request("\"action\":\"list users\",\"parameters\":[5]", &["`parameters`", "not a number"]),
        request("\"action\":\"list users\",\"parameters\":[{},null]", &["`parameters`", "not null"]),
        request("\"action\":\"list users\",\"parameters\":[[]]", &["`parameters`", "not an array"]),
    ]
}

pub fn actions() -> Vec<Row> {
    vec![
        request("\"action\":\"list users\",\"paramters\":{\"limit\":3}", &["`paramters`", "did you mean `parameters`"]),
        request("\"action\":\"list users\",\"Parameter\":{\"limit\":3}", &["did you mean `parameters`"]),
        request("\"action\":\"list users\",\"params\":{\"limit\":3}", &["did you mean `parameters`"]),
        request("\"parameters\":{}", &["`action` is missing"]),
        request("\"action\":null", &["`action` is missing"]),
        request("\"action\":\"\"", &["`action` is missing"]),
        request("\"action\":7", &["`action` must be text, not a number", "line 1, column"]),
        request("\"action\":{\"name\":\"list users\"}", &["`action` must be text, not an object"]),
        request("\"identifier\":[\"list_users\"]", &["`identifier` must be text, not an array"]),
        request("\"action\":\"list userz\"", &["`list userz`", "did you mean `list users`?"]),
        request("\"identifier\":\"Get-Usr\"", &["did you mean `get user`?"]),
        request("\"action\":\"unasign role\"", &["did you mean `unassign role`?"]),
        request("\"action\":\"make coffee\"", &["Unknown action `make coffee`", "list users"]),
        request("\"identifier\":\"frobnicate\",\"action\":\"list users\"", &["Unknown action `frobnicate`"]),
        request("\"action\":\" \"", &[]),
        request(
            "\"action\":\"list users\",\"environment_variables\":\"HTTPS_PROXY=x\"",
            &["environment_variables", "not text", "line 1"],
        ),
        request("\"action\":\"list users\",\"environment_variables\":[]", &["environment_variables", "not an array"]),
        request(
            "\"action\":\"list users\",\"environment_variables\":{\"HTTPS_PROXY\":5}",
            &["environment_variables.HTTPS_PROXY", "not a number"],
        ),
        request(
            "\"action\":\"list users\",\"environment_variables\":{\"HTTPS_PROXY\":[\"x\"]}",
            &["environment_variables.HTTPS_PROXY", "not an array"],
        ),
        request(
            "\"action\":\"list users\",\"environment_variables\":{\"HTTPS_PROXY\":{\"type\":\"string\",\"value\":true}}",
            &["environment_variables.HTTPS_PROXY", "not a boolean"],
        ),
        request("\"action\":\"list users\",\"environment_variables\":{\"A\":\"x\",\"A\":\"y\"}", &["`A` twice"]),
        request("\"action\":\"list users\",\"timeout_seconds\":0", &["`timeout_seconds`", "not 0"]),
        request("\"action\":\"list users\",\"timeout_seconds\":-1", &["`timeout_seconds`", "not -1"]),
        request("\"action\":\"list users\",\"timeout_seconds\":1.5", &["`timeout_seconds`", "not 1.5"]),
        request("\"action\":\"list users\",\"timeout_seconds\":\"soon\"", &["`timeout_seconds`", "not \"soon\""]),
        request("\"action\":\"list users\",\"timeout_seconds\":86401", &["`timeout_seconds`", "from 1 to 86400"]),
        request("\"action\":\"list users\",\"timeout_seconds\":{}", &["`timeout_seconds`", "not an object"]),
        request("\"action\":\"list users\",\"timeout_seconds\":true", &["`timeout_seconds`", "not true"]),
    ]
}

pub fn configurations() -> Vec<Row> {
    const FORM: &str = "https://your-org.okta.com";
    vec![
        input("{\"action\":\"list users\"}", &["`api_key` is missing", "`base_url` is missing"]),
        config("null", &["`api_key` is missing", "`base_url` is missing"]),
        config("{}", &["`api_key` is missing", "`base_url` is missing"]),
        config("[]", &["`config` must be an object, not an array", "line 1"]),
        config("\"x\"", &["`config` must be an object, not text"]),
        config("{\"base_url\":\"https://example.okta.com\"}", &["`api_key` is missing"]),
        config("{\"api_key\":\"00tTokenOfTheTests-0123456789_abcdefghijklm\"}", &["`base_url` is missing"]),
        key("null", &["`api_key` is missing"]),
        key("\"\"", &["`api_key` is missing"]),
        key("\"  \"", &["`api_key` is empty"]),
        key("{\"value\":\"x\"}", &["`api_key` must be text"]),
        key("true", &["`api_key` must be text"]),
        key("\"00tAbc\\r\\nX-Evil: 1\"", &["`api_key`", "line breaks"]),
        key("\"00tAbc\\n00tDef\"", &["`api_key`", "line breaks"]),
        key("\"00tAbc def\"", &["`api_key`"]),
        key("\"00tAbc\\u0000\"", &["`api_key`"]),
        key("\"00tÄbc\"", &["`api_key`"]),
        base("null", &["`base_url` is missing"]),
        base("\"\"", &["`base_url` is missing"]),
        base("\" \"", &["`base_url`", FORM]),
        base("true", &["`base_url` must be text, not true"]),
        base("{}", &["`base_url` must be text, not an object"]),
        base("\"http://example.okta.com\"", &["`base_url`", "unencrypted", "https://example.okta.com"]),
        base("\"http://192.0.2.7\"", &["`base_url`", "unencrypted"]),
        base("\"http://localhost.example.com\"", &["`base_url`", "unencrypted"]),
        base("\"ftp://example.okta.com\"", &["`base_url` must start with https://", FORM]),
        base("\"javascript:alert(1)\"", &["`base_url`", FORM]),
        base("\"https://\"", &["`base_url`", FORM]),
        base("\"https:///api/v1\"", &["`base_url`", FORM]),
        base("\"//example.okta.com\"", &["`base_url`", FORM]),
        base("\"https://exa mple.okta.com\"", &["`base_url`", FORM]),
        base("\"https://example..okta.com\"", &["`base_url`", FORM]),
        base("\"https://example.okta.com:99999\"", &["`base_url`", FORM]),
        base("\"https://example.okta.com:x\"", &["`base_url`", FORM]),
        base("\"https://[::1\"", &["`base_url`", FORM]),
        base("\"https://example-admin.okta.com\"", &["`base_url`", "Admin Console", "https://example.okta.com"]),
        base("\"example-admin.oktapreview.com/\"", &["`base_url`", "https://example.oktapreview.com"]),
        base(
            "\"https://Example-Admin.okta-emea.com/admin/dashboard\"",
            &["`base_url`", "https://example.okta-emea.com"],
        ),
        base("\"https://example-admin.okta-gov.com\"", &["https://example.okta-gov.com"]),
        base("\"https://example-admin.okta.mil:443\"", &["https://example.okta.mil"]),
        base("\"https://ada:pw@example.okta.com\"", &["`base_url`", "credentials", FORM]),
        base("\"https://example.okta.com?x=1\"", &["`base_url`", "query", FORM]),
        base("\"https://example.okta.com/#top\"", &["`base_url`", "fragment", FORM]),
        base("\"https://example.okta.com/a/../b\"", &["`base_url`", FORM]),
        base("\"https://example.okta.com/a b\"", &["`base_url`", FORM]),
        base("\"https://exam\\nple.okta.com\"", &["`base_url`", FORM]),
        setting("\"verify_server_cert\":\"maybe\"", &["`verify_server_cert` must be true or false, not \"maybe\""]),
        setting("\"verify_server_cert\":1", &["`verify_server_cert` must be true or false, not 1"]),
        setting("\"verify_server_cert\":{}", &["`verify_server_cert` must be true or false, not an object"]),
        setting("\"timeout_seconds\":0", &["`timeout_seconds` must be a whole number from 1 to 86400, not 0"]),
        setting("\"timeout_seconds\":\"1.5\"", &["`timeout_seconds`", "\"1.5\""]),
        setting("\"total_timeout_seconds\":-5", &["`total_timeout_seconds`", "-5"]),
        setting("\"wait_seconds\":301", &["`wait_seconds`", "from 1 to 300"]),
        setting("\"max_concurrency\":11", &["`max_concurrency`", "from 1 to 10"]),
        setting("\"org_url\":\"https://example.okta.com/path\"", &["`org_url`", "path"]),
        setting("\"org_url\":\"http://example.okta.com\"", &["`org_url`"]),
        config(
            "{\"base_url\":7.5e1,\"api_key\":[],\"verify_server_cert\":\"x\"}",
            &["`api_key`", "`verify_server_cert`"],
        ),
    ]
}

pub fn dry_runs() -> Vec<Row> {
    let mut rows: Vec<Row> = ["true", "\"true\"", "\"false\"", "\"\"", "0", "1", "null", "{}", "[]"]
        .into_iter()
        .map(|value| {
            request(&format!("\"action\":\"list users\",\"dry_run\":{value}"), &["`dry_run`", "line 1, column"])
        })
        .collect();
    rows.extend(["dryRun", "DRY_RUN", "dry-run", "dryrun", "Dry_Run", "_dry_run"].into_iter().flat_map(|name| {
        ["true", "false"].map(|value| request(&format!("\"action\":\"list users\",\"{name}\":{value}"), &["`dry_run`"]))
    }));
    rows.extend([
        setting("\"dry_run\":true", &["`config.dry_run`", "line 1"]),
        setting("\"dry_run\":\"no\"", &["`config.dry_run`", "not text"]),
        setting("\"dry_run\":null", &["`config.dry_run`", "not null"]),
        setting("\"DryRun\":false", &["`config.DryRun`", "`dry_run`"]),
        wrong("list users", "{\"dry_run\":true}", &["`dry_run` is not a parameter"]),
    ]);
    rows
}

pub fn parameters() -> Vec<Row> {
    const COUNT: &str = "`limit` must be a positive whole number";
    let limit = |limit: &str, says| wrong("list users", &format!("{{\"limit\":{limit}}}"), says);
    vec![
        limit("0", &[COUNT, "not 0"]),
        limit("-1", &[COUNT, "not -1"]),
        limit("1.5", &[COUNT, "not 1.5"]),
        limit("\"ten\"", &[COUNT, "not \"ten\""]),
        limit("\"0\"", &[COUNT]),
        limit("\" \"", &[COUNT]),
        limit("\"1.\"", &[COUNT]),
        limit("\"+5\"", &[COUNT]),
        limit("\"0x10\"", &[COUNT]),
        limit("true", &[COUNT, "not true"]),
        limit("{}", &[COUNT, "not an object"]),
        limit("[5]", &[COUNT, "not an array"]),
        limit("1e400", &[COUNT]),
        limit("99999999999999999999", &[COUNT]),
        limit("0.0", &[COUNT]),
        wrong("list user groups", "{\"limit\":0}", &[COUNT]),
        wrong("list providers", "{\"limit\":\"all\"}", &[COUNT]),
        wrong("list users", "{\"limt\":5}", &["`limt` is not a parameter", "did you mean `limit`?"]),
        wrong("list users", "{\"Limit\":5}", &["`Limit` is not a parameter", "`limit`"]),
        wrong("list users", "{\"zzz\":5}", &["`zzz` is not a parameter", "`query`", "`filter`", "`search`", "`limit`"]),
        wrong("list users", "{\"query\":{}}", &["`query` must be text, not an object"]),
        wrong("list users", "{\"filter\":[\"a\"]}", &["`filter` must be text, not an array"]),
        wrong("list users", "{\"query\":\"\\ud800\"}", &["`query`", "surrogate"]),
        wrong("list users", "{\"limt\":5,\"limit\":0,\"query\":[]}", &["`limt`", "`limit`", "`query`"]),
        wrong("test connectivity", "{\"limit\":1}", &["`limit` is not a parameter", "takes none"]),
        wrong("get user", "{}", &["Nothing was sent", "get user", "`user_id` is missing"]),
        wrong("get user", "null", &["`user_id` is missing"]),
        wrong("get user", "[]", &["`user_id` is missing"]),
        wrong("get user", "{\"user_id\":null}", &["`user_id` is missing"]),
        wrong("get user", "{\"user_id\":\"\"}", &["`user_id` is missing"]),
        wrong("get user", "{\"user_id\":\".\"}", &["`user_id`", "\".\""]),
        wrong("get user", "{\"user_id\":\"..\"}", &["`user_id`", "\"..\""]),
        wrong("get user", "{\"user_id\":\" .. \"}", &["`user_id`"]),
        wrong("get user", "{\"user_id\":\"  \"}", &["`user_id`"]),
        wrong(
            "get user",
            "{\"userid\":\"ada\"}",
            &["`userid` is not a parameter", "did you mean `user_id`?", "`user_id` is missing"],
        ),
        wrong("get group", "{\"group_id\":\"..\"}", &["`group_id`"]),
        wrong("get group", "{\"group_id\":{}}", &["`group_id` must be text, not an object"]),
        wrong("list roles", "{}", &["`user_id` is missing"]),
        wrong("disable user", "{\"user_id\":\"ada\"}", &["`user_id` is not a parameter", "`id` is missing"]),
        wrong("enable user", "{\"id\":[]}", &["`id` must be text, not an array"]),
        wrong("clear user sessions", "{\"user_id\":\"..\"}", &["`user_id` is not a parameter", "`id` is missing"]),
        wrong("add group", "{}", &["`name` is missing", "`description` is missing"]),
        wrong("add group", "{\"name\":\"\",\"description\":null}", &["`name` is missing", "`description` is missing"]),
        wrong(
            "set password",
            "{\"id\":\"..\",\"x\":1}",
            &["`new_password` is missing", "`id`", "`x` is not a parameter"],
        ),
        wrong("set password", "{\"id\":\"ada\",\"new_password\":{}}", &["`new_password` must be text"]),
        wrong("reset password", "{\"user_id\":\"ada\"}", &["`receive_type` is missing"]),
        wrong(
            "reset password",
            "{\"user_id\":\"ada\",\"receive_type\":\"SMS\"}",
            &["`receive_type` must be Email or UI, not \"SMS\""],
        ),
        wrong("reset password", "{\"user_id\":\"ada\",\"receive_type\":true}", &["`receive_type` must be"]),
        wrong("send push notification", "{\"email\":\"ada\"}", &["`factortype` is missing"]),
        wrong(
            "send push notification",
            "{\"email\":\"ada\",\"factortype\":\"sms\"}",
            &["`factortype`", "does not support `sms` yet"],
        ),
        wrong(
            "send push notification",
            "{\"email\":\"ada\",\"factortype\":\"sms (not yet implemented)\"}",
            &["does not support `sms` yet"],
        ),
        wrong(
            "send push notification",
            "{\"email\":\"ada\",\"factortype\":\"Token:Software:TOTP (not yet implemented)\"}",
            &["does not support `token:software:totp` yet"],
        ),
        wrong(
            "send push notification",
            "{\"email\":\"ada\",\"factortype\":\"pigeon\"}",
            &["`factortype` must be", "push", "\"pigeon\""],
        ),
        wrong("send push notification", "{\"email\":\"..\",\"factortype\":\"push\"}", &["`email`"]),
        wrong(
            "list providers",
            "{\"type\":\"SAML\"}",
            &["`type` must be", "AMAZON", "SAML2", "YAHOOJP", "not \"SAML\""],
        ),
        wrong("list providers", "{\"type\":\"IDV_\"}", &["`type` must be", "\"IDV_\""]),
        wrong("assign role", "{}", &["`type` is missing", "`user_id` is missing"]),
        wrong(
            "assign role",
            "{\"user_id\":\"ada\",\"type\":\"KING\"}",
            &["`type` must be", "SUPER_ADMIN", "REPORT_ADMIN", "WORKFLOWS_ADMIN", "not \"KING\""],
        ),
        wrong("assign role", "{\"user_id\":\"ada\",\"type\":\"custom\"}", &["`type` cannot be CUSTOM", "resource set"]),
        wrong("unassign role", "{\"user_id\":\"ada\",\"role_id\":\"..\"}", &["`role_id`"]),
        wrong("unassign role", "{\"user_id\":\"\",\"role_id\":\".\"}", &["`user_id` is missing", "`role_id`"]),
        wrong("get user", "[{\"user\":\"a\"},{\"user_id\":\"..\"}]", &["`user` is not a parameter"]),
    ]
}
