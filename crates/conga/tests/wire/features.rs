use std::collections::BTreeSet;

#[test]
fn every_service_of_the_register_has_its_feature() {
    let register: toml::Table = include_str!("../../../../spec/services.toml")
        .parse()
        .unwrap();
    let services: BTreeSet<&str> = register["service"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| service["id"].as_str().unwrap())
        .collect();
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let features = manifest["features"].as_table().unwrap();
    let forwarded: BTreeSet<&str> = features
        .iter()
        .filter(|(name, to)| {
            to.as_array()
                .is_some_and(|to| to == &[toml::Value::from(format!("conga-api/{name}"))])
        })
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != "full")
        .collect();
    assert_eq!(forwarded, services);
    assert_eq!(
        features["default"].as_array().unwrap(),
        &[toml::Value::from("rustls")]
    );
}
