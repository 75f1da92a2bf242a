//! The appliance key is replaced while everything goes on.

use super::*;

#[test]
fn after_a_rotation_nothing_is_under_the_former_key() {
    let house = House::new();
    let kid = house.signer(NOW).key.kid().to_owned();
    house.signer(NOW + days(700));
    let file = house.folder.join("appliance.key");
    let both = house.keys.keys().begin_rotation(&file, [251; 32]).unwrap();
    let resealed = house.store.read(|db| Ok(reseal(&both, &house.dice, db))).unwrap().unwrap();
    // Root, issuing, and the latest signer; the first one has no key any more.
    assert_eq!(resealed.len(), 3);
    let again = resealed.clone();
    let kept = house.store.write_blocking(NOW.0, move |db| keep_resealed(&resealed, db)).unwrap();
    assert_eq!(kept, 3);
    assert_eq!(house.store.write_blocking(NOW.0, move |db| keep_resealed(&again, db)).unwrap(), 0);
    assert!(house.store.read(|db| Ok(reseal(&both, &house.dice, db))).unwrap().unwrap().is_empty());
    both.finish_rotation(&file).unwrap();
    let fresh = SharedKeys::load(&file).unwrap();
    let signer = house.store.read(|db| Ok(current_signer(&fresh, db))).unwrap().unwrap().unwrap();
    assert_ne!(signer.key.kid(), kid);
    assert!(house.store.read(|db| Ok(export_root(&fresh, db))).unwrap().is_ok());
}
