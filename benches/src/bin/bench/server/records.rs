//! The JSON that the org holds: users, a push factor, the answers to a challenge.

const FACTOR: &str = "opfbench000000000001";

/// Some 1.1 KB, as users of a real org are; what differs between users differs here.
pub fn user(id: &str) -> String {
    // FNV-1a, stirred as splitmix64 does: text that nothing else resembles, the same in every run.
    let seed = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let word = |n: u64| {
        let stirred = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let stirred = (stirred ^ (stirred >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let stirred = (stirred ^ (stirred >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        format!("{:08x}", (stirred ^ (stirred >> 31)) >> 32)
    };
    let (first, last) = (word(1), word(2));
    let (minute, second) = (seed % 60, seed / 60 % 60);
    let href = format!("https://bench.example.com/api/v1/users/{id}");
    format!(
        r#"{{"id":"{id}","status":"ACTIVE","created":"2021-03-04T05:{minute:02}:{second:02}.000Z","activated":"2021-03-04T06:{second:02}:{minute:02}.000Z","statusChanged":"2021-03-04T06:{second:02}:{minute:02}.000Z","lastLogin":"2026-01-14T09:{minute:02}:{second:02}.000Z","lastUpdated":"2026-01-02T13:{minute:02}:{second:02}.000Z","passwordChanged":"2025-11-30T07:{second:02}:{minute:02}.000Z","type":{{"id":"oty1bench00000000001"}},"profile":{{"firstName":"{first}","lastName":"{last}","mobilePhone":null,"secondEmail":"{first}@mail.example.org","login":"{first}.{last}@example.com","email":"{first}.{last}@example.com","department":"Department {}","title":"Engineer \"{}\"","employeeNumber":"{}","displayName":"{first} {last}","streetAddress":"{} Bahnhofstrasse","city":"Zürich","countryCode":"CH","costCenter":"{}"}},"credentials":{{"password":{{}},"emails":[{{"value":"{first}.{last}@example.com","status":"VERIFIED","type":"PRIMARY"}}],"provider":{{"type":"OKTA","name":"OKTA"}}}},"_links":{{"schema":{{"href":"https://bench.example.com/api/v1/meta/schemas/user/default"}},"self":{{"href":"{href}"}}}}}}"#,
        word(3),
        word(4),
        word(5),
        word(6),
        word(7),
    )
}

pub fn factor(origin: &str, user: &str) -> String {
    let own = format!("{origin}/api/v1/users/{user}/factors/{FACTOR}");
    format!(
        r#"{{"id":"{FACTOR}","factorType":"push","provider":"OKTA","vendorName":"OKTA","status":"ACTIVE","created":"2025-01-01T00:00:00.000Z","lastUpdated":"2025-01-01T00:00:00.000Z","profile":{{"credentialId":"bench@example.com","deviceType":"SmartPhone_IPhone","name":"Bench phone","platform":"IOS","version":"17.0"}},"_links":{{"self":{{"href":"{own}"}},"verify":{{"href":"{own}/verify","hints":{{"allow":["POST"]}}}}}}}}"#
    )
}

/// The answer to a challenge and to each poll of it; `verify` is the path that began it.
pub fn challenge(origin: &str, verify: &str, result: &str) -> String {
    let factor = verify.trim_end_matches("/verify");
    let href = format!("{origin}{factor}/transactions/mstbench000000000001");
    let links = if result == "WAITING" {
        format!(
            r#","_links":{{"poll":{{"href":"{href}","hints":{{"allow":["GET"]}}}},"cancel":{{"href":"{href}","hints":{{"allow":["DELETE"]}}}}}}"#
        )
    } else {
        String::new()
    };
    format!(
        r#"{{"factorResult":"{result}","expiresAt":"2099-01-01T00:00:00.000Z","profile":{{"credentialId":"bench@example.com","deviceType":"SmartPhone_IPhone","name":"Bench phone","platform":"IOS","version":"17.0"}}{links}}}"#
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_user_has_about_1100_bytes() {
        let length = super::user("00ubench000000000017").len();
        assert!((1_080..=1_120).contains(&length), "{length}");
    }
}
