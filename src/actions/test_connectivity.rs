//! *test connectivity*: asks Okta who the token's owner is.

use super::session::OktaSession;
use crate::okta::Okta;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};

pub struct TestConnectivity;

parameters! {
    /// Parameters of *test connectivity*: none.
    pub struct Parameters {}
}

impl Action<OktaSession> for TestConnectivity {
    const FACTS: Facts = Facts {
        action: "test connectivity",
        identifier: "test_connectivity",
        action_type: ActionType::Test,
        read_only: true,
        settles: Settles::Nothing,
        description: "Check that the org is reachable and accepts the API token",
        verbose: "If the test fails, the message says why and which setting to change.",
        roles: &[],
        data: Data::Unlisted,
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, _: Parameters, _: &mut Output) -> Result<Done<NoSummary>, Failure> {
        okta.me()?;
        Ok(Done::says(NoSummary {}, "Test connectivity passed"))
    }
}
