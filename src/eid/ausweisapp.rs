//! A minimal `config.json` for AusweisApp (1.26 and 2.x): the trust points and limits it reads at start from its data
//! directory, before its own. With a lab's root in it, an unmodified AusweisApp reads test cards for that lab.
//!
//! Names and meanings as in AusweisApp's own file; all addresses of updates and of its self-authentication lead nowhere.

use crate::xml::write::to_hex;
use serde_json::{Value, json};

/// Where nobody answers.
const NOWHERE: &str = "https://localhost:1/";

/// The file, with this root (a card-verifiable certificate) as the only one.
#[must_use]
pub fn config(root: &[u8]) -> String {
    let sizes = json!({ "Rsa": 3000, "Dsa": 3000, "Dh": 3000, "Ec": 250 });
    let ecdhe = [
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
    ];
    let psk = ["RSA-PSK-AES256-GCM-SHA384", "RSA-PSK-AES128-GCM-SHA256"];
    let curves = ["brainpoolP512r1", "brainpoolP384r1", "brainpoolP256r1", "secp384r1", "prime256v1"];
    let config = json!({
        "vendor": "",
        "cvRootCertificates": [],
        "cvRootCertificatesTest": [to_hex(root)],
        "updateCertificates": [],
        "tlsSettings": tls(&ecdhe, &curves),
        "tlsSettingsPsk": tls(&psk, &[]),
        "tlsSettingsRemoteIfd": tls(&ecdhe, &curves),
        "tlsSettingsRemoteIfdPairing": tls(&psk, &[]),
        "tlsSettingsLocalIfd": tls(&["ECDHE-PSK-AES128-CBC-SHA256"], &curves),
        "minStaticKeySizes": sizes,
        "minEphemeralKeySizes": sizes,
        "minKeySizes": sizes,
        "selfAuthentication": { "url": NOWHERE, "testUrl": NOWHERE },
        "updateServer": { "baseUrl": NOWHERE },
        "whitelistServer": { "baseUrl": NOWHERE },
        "updates": { "release": NOWHERE, "beta": NOWHERE },
        "smart": {
            "personalizationUrl": "", "personalizationTestUrl": "", "serviceId": "", "versionTag": "", "ssdAid": ""
        },
        "localIfd": { "packageName": "x", "minVersion": "1.0.0", "allowedCertificateHashes": [], "minPskSize": 256 }
    });
    // A value made here serialises.
    serde_json::to_string_pretty(&config).unwrap_or_default() + "\n"
}

fn tls(ciphers: &[&str], curves: &[&str]) -> Value {
    let signatures =
        ["RSA+SHA512", "ECDSA+SHA512", "RSA+SHA384", "ECDSA+SHA384", "RSA+SHA256", "ECDSA+SHA256"];
    json!({
        "protocolVersion": "TlsV1_2", "ocspStapling": true, "ciphers": ciphers, "ellipticCurves": curves,
        "signatureAlgorithms": signatures
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_root_stands_in_it_as_a_test_root() {
        let config: serde_json::Value = serde_json::from_str(&super::config(&[0x7F, 0x21])).unwrap();
        assert_eq!(config["cvRootCertificatesTest"], serde_json::json!(["7F21"]));
        assert_eq!(config["cvRootCertificates"], serde_json::json!([]));
    }
}
