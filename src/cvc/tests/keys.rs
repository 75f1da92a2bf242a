use super::super::curve::{Curve, Hash, Parameters};
use super::super::key::{KeyError, PrivateKey, PublicKey, signature_to_der};
use super::{key, unhex};

#[test]
fn the_parameters_are_the_curves() {
    for curve in Curve::ALL {
        let own = curve.parameters();
        // The key 1 is the base point: the libraries' parameters are the same as ours.
        let mut one = vec![0; curve.field_length()];
        one[curve.field_length() - 1] = 1;
        assert_eq!(PrivateKey::from_bytes(curve, &one).unwrap().public().point(), own.g, "{curve:?}");
        // The order is not a key, the number below it is, and its point has the x of the base point.
        assert_eq!(PrivateKey::from_bytes(curve, own.n).unwrap_err(), KeyError::Private);
        let mut last = own.n.to_vec();
        last[curve.field_length() - 1] -= 1;
        let last = PrivateKey::from_bytes(curve, &last).unwrap();
        assert_eq!(last.public().compressed(), &own.g[1..=curve.field_length()]);
        assert_eq!(PrivateKey::from_bytes(curve, &vec![0; own.n.len()]).unwrap_err(), KeyError::Private);
        assert_eq!(PrivateKey::from_bytes(curve, &own.n[1..]).unwrap_err(), KeyError::Private);

        assert_eq!(Curve::from_parameters(&own), Some(curve));
        for changed in [
            Parameters { p: own.n, ..own },
            Parameters { a: own.b, ..own },
            Parameters { b: own.a, ..own },
            Parameters { g: last.public().point(), ..own },
            Parameters { n: own.p, ..own },
        ] {
            assert_eq!(Curve::from_parameters(&changed), None, "{curve:?}");
        }
    }
}

#[test]
fn only_points_on_the_curve_are_keys() {
    for curve in Curve::ALL {
        let key = key(curve, 1);
        let point = key.public().point();
        assert_eq!(PublicKey::from_point(curve, point).unwrap(), *key.public());
        let mut off = point.to_vec();
        off[10] ^= 1;
        let mut compressed = point[..=curve.field_length()].to_vec();
        compressed[0] = 0x02;
        let zero = vec![0; point.len()];
        for wrong in [&off, &compressed, &zero, &vec![0], &vec![], &point[1..].to_vec()] {
            assert_eq!(PublicKey::from_point(curve, wrong), Err(KeyError::Point), "{curve:?}");
        }
        for other in Curve::ALL.into_iter().filter(|other| *other != curve) {
            assert_eq!(PublicKey::from_point(other, point), Err(KeyError::Point));
            assert_eq!(super::key(other, 1).agree(key.public()).unwrap_err(), KeyError::OtherCurve);
        }
    }
}

#[test]
fn signatures_hold_for_their_message_only() {
    for curve in Curve::ALL {
        let (key, other) = (key(curve, 1), key(curve, 2));
        let signature = key.sign(b"message").unwrap();
        assert_eq!(signature.len(), 2 * curve.field_length());
        let verify = |key: &PrivateKey, hash, message: &[u8], signature: &[u8]| {
            key.public().verify(hash, message, signature)
        };
        verify(&key, curve.hash(), b"message", &signature).unwrap();
        key.public().verify_der(curve.hash(), b"message", &signature_to_der(&signature)).unwrap();
        let mut flipped = signature.clone();
        flipped[3] ^= 1;
        let other_hash = if curve.hash() == Hash::Sha256 { Hash::Sha384 } else { Hash::Sha256 };
        let refusals = [
            verify(&key, curve.hash(), b"another", &signature),
            verify(&key, curve.hash(), b"message", &flipped),
            verify(&key, curve.hash(), b"message", &signature[1..]),
            verify(&key, curve.hash(), b"message", &vec![0; signature.len()]),
            verify(&key, curve.hash(), b"message", &[]),
            verify(&key, other_hash, b"message", &signature),
            verify(&other, curve.hash(), b"message", &signature),
            key.public().verify_der(curve.hash(), b"message", &signature),
        ];
        assert_eq!(refusals, [Err(KeyError::Signature); 8], "{curve:?}");
    }
}

#[test]
fn both_sides_agree() {
    for curve in Curve::ALL {
        let (ours, theirs) = (key(curve, 1), key(curve, 2));
        let shared = ours.agree(theirs.public()).unwrap();
        assert_eq!(shared, theirs.agree(ours.public()).unwrap());
        assert_eq!(shared.len(), curve.field_length());
        assert_ne!(shared, ours.agree(ours.public()).unwrap());
    }
}

/// The test vectors of RFC 7027, appendices A.1 and A.2.
#[test]
fn the_brainpool_vectors_of_rfc_7027() {
    let vectors = [
        (
            Curve::BrainpoolP256r1,
            "81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
            "55E40BC41E37E3E2AD25C3C6654511FFA8474A91A0032087593852D3E7D76BD3",
            "44106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5",
            "89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B",
        ),
        (
            Curve::BrainpoolP384r1,
            "1E20F5E048A5886F1F157C74E91BDE2B98C8B52D58E5003D57053FC4B0BD65D6F15EB5D1EE1610DF870795143627D042",
            "032640BC6003C59260F7250C3DB58CE647F98E1260ACCE4ACDA3DD869F74E01F8BA5E0324309DB6A9831497ABAC96670",
            "68B665DD91C195800650CDD363C625F4E742E8134667B767B1B476793588F885AB698C852D4A6E77A252D6380FCAF068",
            "0BD9D3A7EA0B3D519D09D8E48D0785FB744A6B355E6304BC51C229FBBCE239BBADF6403715C35D4FB2A5444F575D4F42",
        ),
    ];
    for (curve, ours, theirs, x, shared) in vectors {
        let ours = PrivateKey::from_bytes(curve, &unhex(ours)).unwrap();
        let theirs = PrivateKey::from_bytes(curve, &unhex(theirs)).unwrap();
        assert_eq!(ours.public().compressed(), unhex(x));
        assert_eq!(*ours.agree(theirs.public()).unwrap(), unhex(shared));
    }
}

#[test]
fn randomness_without_a_key_in_it_ends() {
    let mut zeros = |bytes: &mut [u8]| bytes.fill(0);
    assert_eq!(PrivateKey::draw(Curve::P256, &mut zeros).unwrap_err(), KeyError::Randomness);
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", key(Curve::P256, 1));
    assert_eq!(shown, "PrivateKey { curve: P256, .. }");
}
