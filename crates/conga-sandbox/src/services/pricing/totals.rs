//! The sums of lines, and adjustments of a sum, shared out among its lines.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::adjustment::{Adjustment, Prices};
use super::money::{self, Currency};

/// A line as its sums see it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// `Standard Price`, `Subscription Fee`...
    pub(crate) charge_type: String,
    /// `One Time`, `Monthly`...
    pub(crate) frequency: String,
    /// Whether it takes a share in its group's adjustment.
    pub(crate) takes_part: bool,
    pub(crate) sums: Sums,
}

/// The prices that are summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) extended_list: Decimal,
    pub(crate) base_extended: Decimal,
    pub(crate) options: Decimal,
    pub(crate) extended: Decimal,
    pub(crate) adjusted: Decimal,
    pub(crate) net: Decimal,
}

/// What a sum is of, in the order in which sums are shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// The lines of a charge type and frequency.
    Subtotal {
        charge_type: String,
        frequency: String,
    },
    /// The lines of a frequency.
    Total { frequency: String },
    /// All lines.
    GrandTotal,
}

impl Group {
    /// Its name, as the platform gives it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Subtotal {
                charge_type,
                frequency,
            } => format!("Subtotal - {charge_type} ({frequency})"),
            Self::Total { frequency } => format!("Total ({frequency})"),
            Self::GrandTotal => "Grand Total".to_owned(),
        }
    }

    /// Its `LineType`.
    pub(crate) fn line_type(&self) -> &'static str {
        match self {
            Self::Subtotal { .. } => "Subtotal",
            Self::Total { .. } => "Total",
            Self::GrandTotal => "Grand Total",
        }
    }

    fn holds(&self, member: &Member) -> bool {
        match self {
            Self::Subtotal {
                charge_type,
                frequency,
            } => *charge_type == member.charge_type && *frequency == member.frequency,
            Self::Total { frequency } => *frequency == member.frequency,
            Self::GrandTotal => true,
        }
    }
}

impl Sums {
    /// Adds another line's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.extended_list += other.extended_list;
        self.base_extended += other.base_extended;
        self.options += other.options;
        self.extended += other.extended;
        self.adjusted += other.adjusted;
        self.net += other.net;
    }
}

/// The sums of all groups. Each is that of its lines.
pub(crate) fn sums(members: &[Member]) -> BTreeMap<Group, Sums> {
    let mut sums: BTreeMap<Group, Sums> = BTreeMap::new();
    for member in members {
        let groups = [
            Group::Subtotal {
                charge_type: member.charge_type.clone(),
                frequency: member.frequency.clone(),
            },
            Group::Total {
                frequency: member.frequency.clone(),
            },
            Group::GrandTotal,
        ];
        for group in groups {
            sums.entry(group).or_default().add(&member.sums);
        }
    }
    sums
}

/// Applies adjustments of groups, the smaller groups first: sets the net price of every line. Without adjustments it is
/// the adjusted one. A group whose lines take no part keeps its price.
pub(crate) fn adjust(
    members: &mut [Member],
    adjustments: &[(Group, Adjustment)],
    currency: &Currency,
) {
    for member in members.iter_mut() {
        member.sums.net = member.sums.adjusted;
    }
    let mut ordered: Vec<_> = adjustments.iter().collect();
    ordered.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (group, adjustment) in ordered {
        let before: Decimal = nets(members, |member| group.holds(member));
        let list: Decimal = members
            .iter()
            .filter(|member| group.holds(member))
            .map(|member| member.sums.extended_list)
            .sum();
        let prices = Prices {
            list,
            base: before,
            units: Decimal::ONE,
        };
        let Some(after) = adjustment.apply(before, prices, currency) else {
            continue;
        };
        let takes = |member: &Member| group.holds(member) && member.takes_part;
        // Lines that take no part leave the others no more than their own price to lose.
        let change = (after - before).max(-nets(members, takes));
        if after >= money::MOST {
            continue;
        }
        let mut takers: Vec<&mut Member> =
            members.iter_mut().filter(|member| takes(member)).collect();
        let weights: Vec<Decimal> = takers.iter().map(|member| member.sums.net).collect();
        let shares = money::share_out(change, &weights, currency);
        for (member, share) in takers.iter_mut().zip(shares) {
            member.sums.net += share;
        }
    }
}

fn nets(members: &[Member], wanted: impl Fn(&Member) -> bool) -> Decimal {
    let members = members.iter().filter(|member| wanted(member));
    members.map(|member| member.sums.net).sum()
}

#[cfg(test)]
mod tests {
    use super::super::adjustment::{Basis, Kind};
    use super::*;

    fn member(charge_type: &str, frequency: &str, price: i64, takes_part: bool) -> Member {
        let price = Decimal::from(price);
        Member {
            charge_type: charge_type.to_owned(),
            frequency: frequency.to_owned(),
            takes_part,
            sums: Sums {
                extended_list: price,
                base_extended: price,
                options: Decimal::ZERO,
                extended: price,
                adjusted: price,
                net: price,
            },
        }
    }

    fn discount(kind: Kind, amount: i64) -> Adjustment {
        Adjustment {
            name: "Group".to_owned(),
            id: None,
            kind,
            amount: Decimal::from(amount),
            basis: Basis::Running,
        }
    }

    fn net(members: &[Member]) -> Vec<String> {
        let nets = members.iter().map(|member| member.sums.net);
        nets.map(|net| net.normalize().to_string()).collect()
    }

    #[test]
    fn each_group_is_the_sum_of_its_lines() {
        let members = [
            member("Standard Price", "One Time", 100, true),
            member("Subscription Fee", "Monthly", 10, true),
            member("Support Fee", "Monthly", 5, true),
        ];
        let sums = sums(&members);
        let shown: Vec<_> = sums
            .iter()
            .map(|(group, sums)| (group.name(), sums.net.to_string()))
            .collect();
        let wanted = [
            ("Subtotal - Standard Price (One Time)", "100"),
            ("Subtotal - Subscription Fee (Monthly)", "10"),
            ("Subtotal - Support Fee (Monthly)", "5"),
            ("Total (Monthly)", "15"),
            ("Total (One Time)", "100"),
            ("Grand Total", "115"),
        ];
        assert_eq!(
            shown,
            wanted.map(|(name, net)| (name.to_owned(), net.to_owned()))
        );
    }

    #[test]
    fn an_adjustment_is_shared_out_among_those_that_take_part() {
        let currency = Currency::named("USD");
        let mut members = [
            member("Standard Price", "One Time", 100, true),
            member("Standard Price", "One Time", 100, false),
            member("Standard Price", "One Time", 100, true),
        ];
        adjust(
            &mut members,
            &[(Group::GrandTotal, discount(Kind::PercentDiscount, 10))],
            &currency,
        );
        assert_eq!(net(&members), ["85", "100", "85"]);
        adjust(
            &mut members,
            &[(Group::GrandTotal, discount(Kind::Discount, 250))],
            &currency,
        );
        assert_eq!(net(&members), ["0", "100", "0"]);
        adjust(
            &mut members,
            &[(Group::GrandTotal, discount(Kind::Override, 200))],
            &currency,
        );
        assert_eq!(net(&members), ["50", "100", "50"]);
        adjust(&mut members, &[], &currency);
        assert_eq!(net(&members), ["100", "100", "100"]);
    }

    #[test]
    fn smaller_groups_come_first() {
        let currency = Currency::named("USD");
        let mut members = [
            member("Standard Price", "One Time", 100, true),
            member("Subscription Fee", "Monthly", 100, true),
        ];
        let monthly = Group::Total {
            frequency: "Monthly".to_owned(),
        };
        let adjustments = [
            (Group::GrandTotal, discount(Kind::Override, 100)),
            (monthly, discount(Kind::PercentDiscount, 75)),
        ];
        adjust(&mut members, &adjustments, &currency);
        assert_eq!(net(&members), ["80", "20"]);
    }
}
