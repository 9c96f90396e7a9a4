//! *list providers*: the identity providers in the org.

use super::ids::not_one_of;
use super::listing::{self, Counted, Counts, Unpaged, asked};
use super::objects::provider;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::providers::PAGE;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done};
use crate::runtime::table::facts::DataPath;
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::parameter::{Choice, Choices, Count, Text};

pub struct ListProviders;

/// The types of identity providers. Those for identity verification all start with `IDV_`.
#[derive(Clone, Debug)]
pub struct ProviderTypes;

impl Choices for ProviderTypes {
    const OFFERED: &'static [&'static str] = &[
        "AMAZON",
        "APPLE",
        "DISCORD",
        "FACEBOOK",
        "GITHUB",
        "GITLAB",
        "GOOGLE",
        "LINKEDIN",
        "LOGINGOV",
        "LOGINGOV_SANDBOX",
        "MICROSOFT",
        "OIDC",
        "OKTA_INTEGRATION",
        "PAYPAL",
        "PAYPAL_SANDBOX",
        "SALESFORCE",
        "SAML2",
        "SPOTIFY",
        "X509",
        "XERO",
        "YAHOO",
        "YAHOOJP",
    ];
    const PATTERNS: &'static [&'static str] = &["[Ii][Dd][Vv]_[A-Za-z0-9_]+"];

    fn judge(canonical: Option<&'static str>, given: &str) -> Result<String, String> {
        let upper = given.to_ascii_uppercase();
        let is_verification = upper
            .strip_prefix("IDV_")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_'));
        match canonical {
            Some(value) => Ok(value.to_owned()),
            None if is_verification => Ok(upper),
            None => Err(not_one_of(&[Self::OFFERED, &["IDV_…"]].concat())),
        }
    }
}

parameters! {
    /// Parameters of *list providers*.
    pub struct Parameters {
        /// Start of the provider name
        query: Option<Text>,
        /// Return only providers of this type
        kind "type": Option<Choice<ProviderTypes>>,
        /// Maximum number of providers to return; all if empty
        limit: Option<Count>,
    }
}

const DATA: &[&[DataPath]] = &[provider::IDENTITY, provider::PROTOCOL, provider::POLICY, provider::LINKS];

impl Counted for ListProviders {
    const NAME: &'static str = "num_idps";
}

impl Action<OktaSession> for ListProviders {
    const FACTS: Facts = Facts {
        action: "list providers",
        identifier: "list_providers",
        action_type: ActionType::Investigate,
        read_only: true,
        settles: Settles::Nothing,
        description: "List the identity providers (IdPs) in the org",
        verbose: "The result can contain a provider's client secret: treat it as confidential.",
        roles: roles::ORG_READERS,
        data: Data::Objects(DATA),
        summary: &listing::summary_paths(Self::NAME),
    };
    type Parameters = Parameters;
    type Summary = Counts<Self>;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Counts<Self>>, Failure> {
        let Parameters { query, kind, limit } = parameters;
        let (q, kind) = (query.as_ref().map(|text| text.0.as_str()), kind.as_ref().map(|kind| kind.0.as_str()));
        let pages = okta.providers(q, kind, limit.map(|limit| limit.0));
        listing::write(
            pages,
            limit,
            q.map(|_| Unpaged { asked: asked(limit, PAGE), advice: "Use a longer `query`, or `type`" }),
            output,
        )
    }
}
