//! Names of common authenticators, for a resident's list of keys.

/// Model of an authenticator (§6.5.1). Unproven unless the attestation is trusted.
pub type Aaguid = [u8; 16];

/// What people call the authenticator, if it is one of the common ones. For display only, never for policy.
#[must_use]
pub fn authenticator_name(aaguid: &Aaguid) -> Option<&'static str> {
    let number = u128::from_be_bytes(*aaguid);
    NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

const NAMES: &[(u128, &str)] = &[
    (0xfbfc3007_154e_4ecc_8c0b_6e020557d7bd, "iCloud Keychain"),
    (0xdd4ec289_e01d_41c9_bb89_70fa845d4bf2, "iCloud Keychain (managed)"),
    (0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4, "Google Password Manager"),
    (0xadce0002_35bc_c60a_648b_0b25f1f05503, "Chrome on Mac"),
    (0x771b48fd_d3d4_4f74_9232_fc157ab0507a, "Edge on Mac"),
    (0x08987058_cadc_4b81_b6e1_30de50dcbe96, "Windows Hello"),
    (0x9ddd1817_af5a_4672_a2b9_3e3dd95000a9, "Windows Hello"),
    (0x6028b017_b1d4_4c02_b4b3_afcdafc96bb2, "Windows Hello"),
    (0xd3452668_01fd_4c12_926c_83a4204853aa, "Microsoft Password Manager"),
    (0x53414d53_554e_4700_0000_000000000000, "Samsung Pass"),
    (0xbada5566_a7aa_401f_bd96_45619a55120d, "1Password"),
    (0xd548826e_79b4_db40_a3d8_11116f7e8349, "Bitwarden"),
    (0x531126d6_e717_415c_9320_3d9aa6981239, "Dashlane"),
    (0xfdb141b2_5d84_443e_8a35_4698c205a502, "KeePassXC"),
    (0x50726f74_6f6e_5061_7373_50726f746f6e, "Proton Pass"),
    (0xb84e4048_15dc_4dd0_8640_f4f60813c8af, "NordPass"),
    (0x0ea242b4_43c4_4a1b_8b17_dd6d0b6baec6, "Keeper"),
    (0xf3809540_7f14_49c1_a8b3_8f813b225541, "Enpass"),
    (0xb78a0a55_6ef8_d246_a042_ba0f6d55050c, "LastPass"),
    (0xde503f9c_21a4_4f76_b4b7_558eb55c6f89, "Devolutions"),
    (0xcb69481e_8ff7_4039_93ec_0a2729a154a8, "YubiKey 5"),
    (0xee882879_721c_4913_9775_3dfcce97072a, "YubiKey 5"),
    (0xfa2b99dc_9e39_4257_8f92_4a30d23c4118, "YubiKey 5 NFC"),
    (0x2fc0579f_8113_47ea_b116_bb5a8db9202a, "YubiKey 5 NFC"),
    (0xc5ef55ff_ad9a_4b9f_b580_adebafe026d0, "YubiKey 5Ci"),
    (0x73bb0cd4_e502_49b8_9c6f_b59445bf720b, "YubiKey 5 FIPS"),
    (0xc1f9a0bc_1dd2_404a_b27f_8e29047a43fd, "YubiKey 5 NFC FIPS"),
    (0xd8522d9f_575b_4866_88a9_ba99fa02f35b, "YubiKey Bio"),
    (0xf8a011f3_8c0a_4d15_8006_17111f9edc7d, "Security Key by Yubico"),
    (0xb92c3f9a_c014_4056_887f_140a2501163b, "Security Key by Yubico"),
    (0x19083c3d_8383_4b18_bc03_8f1c9ab2fd1b, "YubiKey 5"),
    (0xa25342c0_3cdc_4414_8e46_f4807fca511c, "YubiKey 5 NFC"),
    (0x6d44ba9b_f6ec_2e49_b930_0c8fe920cb73, "Security Key NFC by Yubico"),
    (0x149a2021_8ef6_4133_96b8_81f8d5b7f1f5, "Security Key NFC by Yubico"),
    (0x42b4fb4a_2866_43b2_9bf7_6c6669c2e5d3, "Google Titan Security Key"),
    (0x01020304_0506_0708_0102_030405060708, "Chromium test authenticator"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(uuid: &str) -> Option<&'static str> {
        authenticator_name(uuid::Uuid::parse_str(uuid).expect("a UUID").as_bytes())
    }

    #[test]
    fn common_authenticators_have_names_and_others_none() {
        assert_eq!(name("fbfc3007-154e-4ecc-8c0b-6e020557d7bd"), Some("iCloud Keychain"));
        assert_eq!(name("01020304-0506-0708-0102-030405060708"), Some("Chromium test authenticator"));
        // Proton's number is its name in ASCII: a check that the digits are in the right order.
        assert_eq!(authenticator_name(b"ProtonPassProton"), Some("Proton Pass"));
        assert_eq!(name("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(name("11111111-2222-3333-4444-555555555555"), None);
    }

    #[test]
    fn no_number_stands_twice() {
        let mut numbers: Vec<u128> = NAMES.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), NAMES.len());
    }
}
