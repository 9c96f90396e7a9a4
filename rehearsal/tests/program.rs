//! The program: what it prints, serves and writes.

#[cfg(unix)]
mod client;

#[cfg(unix)]
mod unix {
    use std::io::{BufRead, BufReader};
    use std::path::PathBuf;
    use std::process::{Child, Command, Stdio};

    use super::client::{exchange, parse};
    use serde_json::Value;

    struct Program {
        child: Child,
        base_url: String,
        token: String,
        ca: Option<PathBuf>,
        login: String,
    }

    impl Drop for Program {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn start(arguments: &[&str]) -> Program {
        let mut child =
            Command::new(env!("CARGO_BIN_EXE_okta-rehearsal")).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (base_url, token, login) = (String::new(), String::new(), String::new());
        let mut program = Program { child, base_url, token, ca: None, login };
        for line in BufReader::new(stdout).lines().map(Result::unwrap) {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["base_url", url] => program.base_url = (*url).to_owned(),
                ["token", token] => program.token = (*token).to_owned(),
                ["ca", path] => program.ca = Some(path.into()),
                ["user", _, login, _] => {
                    program.login = (*login).to_owned();
                    break;
                }
                _ => panic!("{line}"),
            }
        }
        program
    }

    fn send(program: &Program, method: &str, target: &str) -> Option<super::client::Got> {
        let address = program.base_url.trim_start_matches("http://");
        let head = format!("{method} {target} HTTP/1.1\r\nHost: h\r\nAuthorization: SSWS {}\r\n", program.token);
        parse(&exchange(address, format!("{head}Content-Length: 0\r\n\r\n").as_bytes()).ok()?)
    }

    fn terminate(program: &mut Program, signal: &str) {
        let status = Command::new("kill").args([signal, &program.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        assert!(program.child.wait().unwrap().success());
    }

    fn scratch(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
    }

    #[test]
    fn it_serves_by_script_and_writes_its_report_at_the_end() {
        for (signal, name) in [("-TERM", "report.json"), ("-INT", "report.txt")] {
            let report = scratch(name);
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/suspend-answer-lost.json");
            let report_path = report.display().to_string();
            let mut program = start(&["--users", "30", "--seed", "3", "--script", script, "--report", &report_path]);
            let path = format!("/api/v1/users/{}", program.login);
            assert!(send(&program, "POST", &format!("{path}/lifecycle/suspend")).is_none(), "lost");
            assert_eq!(send(&program, "GET", &path).unwrap().json()["status"], "SUSPENDED");
            terminate(&mut program, signal);
            let text = std::fs::read_to_string(&report).unwrap();
            if name.ends_with("json") {
                let report: Value = serde_json::from_str(&text).unwrap();
                assert_eq!((&report["requests"], &report["lost"][0]["carried_out"]), (&2.into(), &true.into()));
            } else {
                assert!(text.starts_with("Requests: 2\n"), "{text}");
            }
        }
    }

    #[test]
    fn it_keeps_a_rate_limit_and_prints_a_ca_for_tls() {
        let program = start(&["--users", "30", "--rate-limit", "2", "--window", "600", "--latency", "1ms"]);
        let got = [0; 3].map(|_: i32| send(&program, "GET", "/api/v1/users/me").unwrap().status);
        assert_eq!(got, [200, 200, 429]);
        let mut program = start(&["--users", "30", "--tls", "--token", "00fake-token-for-tests"]);
        assert!(program.base_url.starts_with("https://localhost:"));
        assert_eq!(program.token, "00fake-token-for-tests");
        let ca = program.ca.clone().unwrap();
        assert!(std::fs::read_to_string(&ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
        terminate(&mut program, "-TERM");
        assert!(!ca.exists());
    }

    fn run(arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_okta-rehearsal")).args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    #[test]
    fn it_lists_faults_prints_the_schema_and_says_what_is_wrong() {
        assert!(run(&["faults"]).1.lines().any(|line| line == "gzip cut short"));
        assert_eq!(run(&["schema"]), (true, okta_rehearsal::Script::schema_text()));
        let bad = scratch("bad.json");
        std::fs::write(&bad, r#"{"rules":[{"on":{},"do":{"fault":"rain"}}]}"#).unwrap();
        let (ok, text) = run(&["--script", &bad.display().to_string()]);
        assert!(!ok && text.contains("there is no fault \"rain\""), "{text}");
        assert!(!run(&["--rate-limit", "5"]).0, "needs a window");
        assert!(!run(&["--latency", "soon"]).0);
        let (ok, text) = run(&["describe", &bad.display().to_string()]);
        assert!(!ok && text.contains("info.version is missing"), "{text}");
    }
}
