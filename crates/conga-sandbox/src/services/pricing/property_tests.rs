//! Any lines, any adjustments: the steps add up, the totals are the sums, and no cent is lost.

use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::adjustment::{Adjustment, Basis, Kind};
use super::line::{Line, Waterfall};
use super::money::{Currency, share_out};
use super::totals::{self, Group, Member, Sums};

fn amount(most: i64, decimals: u32) -> impl Strategy<Value = Decimal> {
    (0..=most).prop_map(move |units| Decimal::new(units, decimals))
}

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just("USD"), Just("JPY"), Just("EUR")].prop_map(Currency::named)
}

fn adjustment() -> impl Strategy<Value = Adjustment> {
    let kind = prop_oneof![
        Just((Kind::PercentDiscount, 10_000)),
        Just((Kind::Discount, 100_000_000)),
        Just((Kind::PercentMarkup, 50_000)),
        Just((Kind::Markup, 100_000_000)),
        Just((Kind::Override, 100_000_000)),
        Just((Kind::Factor, 300)),
        Just((Kind::BasePrice, 1_000_000)),
    ];
    let basis = prop_oneof![Just(Basis::Running), Just(Basis::List), Just(Basis::Base)];
    (kind, basis)
        .prop_flat_map(|((kind, most), basis)| (Just(kind), amount(most, 2), Just(basis)))
        .prop_map(|(kind, amount, basis)| Adjustment {
            name: format!("{kind:?}"),
            id: None,
            kind,
            amount,
            basis,
        })
}

fn line() -> impl Strategy<Value = Line> {
    let prices = (amount(1_000_000_000, 4), amount(1_000_000_000, 6));
    let amounts = (amount(100_000, 2), amount(600, 1), amount(1_000_000, 2));
    let adjustments = (vec(adjustment(), 0..4), vec(adjustment(), 0..6));
    (prices, amounts, adjustments, any::<bool>(), currency()).prop_map(
        |(
            (list_price, base_price),
            (quantity, term, options),
            (rules, adjustments),
            flat,
            currency,
        )| Line {
            list_price,
            base_price,
            quantity,
            term,
            flat,
            options: currency.round(options),
            rules,
            adjustments,
            currency,
        },
    )
}

fn adds_up(waterfall: &Waterfall, currency: &Currency) -> Result<(), TestCaseError> {
    let mut before = None;
    for point in &waterfall.points {
        prop_assert_eq!(
            point.price,
            currency.round(point.price),
            "{} is rounded",
            point.name
        );
        let steps: Decimal = point.steps.iter().map(|step| step.change).sum();
        let start = before.unwrap_or(point.price);
        prop_assert_eq!(start + steps, point.price, "the steps to {}", point.name);
        before = Some(point.price);
    }
    Ok(())
}

fn members(lines: &[Line]) -> Vec<Member> {
    let mut members = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Ok(priced) = line.price() else {
            continue;
        };
        members.push(Member {
            charge_type: ["Standard Price", "Subscription Fee"][at % 2].to_owned(),
            frequency: ["One Time", "Monthly", "Yearly"][at % 3].to_owned(),
            takes_part: at % 4 != 3,
            sums: Sums {
                extended_list: priced.waterfall.points[0].price,
                base_extended: priced.base_extended,
                options: line.options,
                extended: priced.extended,
                adjusted: priced.adjusted,
                net: priced.adjusted,
            },
        });
    }
    members
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_steps_of_a_line_add_up(line in line(), share in amount(1_000, 2)) {
        if let Ok(priced) = line.price() {
            adds_up(&priced.waterfall, &line.currency)?;
            prop_assert!(!priced.adjusted.is_sign_negative() || priced.adjusted.is_zero());
            let share = line.currency.round(share);
            let way = priced.waterfall.end(share);
            adds_up(&way, &line.currency)?;
            prop_assert_eq!(way.points.last().unwrap().price, priced.adjusted + share);
            let units = (line.quantity * line.term).max(Decimal::ONE);
            adds_up(&way.per_unit(units, &line.currency), &line.currency)?;
        }
    }

    #[test]
    fn totals_are_the_sums_of_the_lines(
        lines in vec(line(), 1..12),
        grand in proptest::option::of(adjustment()),
        monthly in proptest::option::of(adjustment()),
    ) {
        let currency = Currency::named("USD");
        let mut members = members(&lines);
        let monthly = monthly.map(|adjustment| (Group::Total { frequency: "Monthly".to_owned() }, adjustment));
        let grand = grand.map(|adjustment| (Group::GrandTotal, adjustment));
        let adjustments: Vec<_> = monthly.into_iter().chain(grand).collect();
        totals::adjust(&mut members, &adjustments, &currency);
        let sums = totals::sums(&members);

        let mut all = Sums::default();
        members.iter().for_each(|member| all.add(&member.sums));
        prop_assert_eq!(sums.get(&Group::GrandTotal).copied().unwrap_or_default(), all);
        let mut by_frequency = Sums::default();
        let totals = sums.iter().filter(|(group, _)| matches!(group, Group::Total { .. }));
        totals.for_each(|(_, sums)| by_frequency.add(sums));
        prop_assert_eq!(by_frequency, all);
        for member in &members {
            prop_assert!(!member.sums.net.is_sign_negative() || member.sums.net.is_zero());
            prop_assert_eq!(member.sums.net, currency.round(member.sums.net));
            prop_assert!(member.takes_part || member.sums.net == member.sums.adjusted);
        }
    }

    #[test]
    fn an_override_of_the_grand_total_is_met_to_the_cent(
        lines in vec(line(), 1..12),
        wanted in amount(1_000_000_000, 2),
    ) {
        let currency = Currency::named("USD");
        let mut members = members(&lines);
        members.iter_mut().for_each(|member| member.takes_part = true);
        let total = Adjustment {
            name: "Override".to_owned(),
            id: None,
            kind: Kind::Override,
            amount: wanted,
            basis: Basis::Running,
        };
        totals::adjust(&mut members, &[(Group::GrandTotal, total)], &currency);
        let sums = totals::sums(&members);
        if let Some(grand) = sums.get(&Group::GrandTotal) {
            prop_assert_eq!(grand.net, wanted);
        }
    }

    #[test]
    fn shares_add_up_and_keep_to_their_weights(
        total in amount(1_000_000_000_000, 2),
        weights in vec(amount(1_000_000_000, 2), 1..40),
        negative in any::<bool>(),
        currency in currency(),
    ) {
        let total = currency.round(if negative { -total } else { total });
        let shares = share_out(total, &weights, &currency);
        prop_assert_eq!(shares.iter().copied().sum::<Decimal>(), total);
        let sum: Decimal = weights.iter().copied().sum();
        let cent = Decimal::new(1, currency.decimals);
        for (share, weight) in shares.iter().zip(&weights) {
            prop_assert_eq!(*share, currency.round(*share));
            if !sum.is_zero() {
                prop_assert!((*share - total * (*weight / sum)).abs() <= cent);
            }
        }
    }

    #[test]
    fn the_order_of_the_lines_changes_no_total(lines in vec(line(), 1..12)) {
        let mut members = members(&lines);
        let sums = totals::sums(&members);
        members.reverse();
        prop_assert_eq!(totals::sums(&members), sums);
    }
}
