//! All generated services over one set of hosts.

use std::collections::BTreeMap;

use crate::{Options, Transport, operation::Host};

/// Gives a client of every generated service whose Cargo feature is on.
#[derive(Clone, Debug)]
pub struct Api {
    gateway: Transport,
    others: BTreeMap<Host, Transport>,
}

impl Api {
    /// All services of the platform's gateway. The other hosts are told by [`with_host`](Self::with_host).
    pub fn new(gateway: Transport) -> Self {
        Self {
            gateway,
            others: BTreeMap::new(),
        }
    }

    /// The transport to a host other than the gateway.
    #[must_use]
    pub fn with_host(mut self, host: Host, transport: Transport) -> Self {
        if host == Host::Gateway {
            self.gateway = transport;
        } else {
            self.others.insert(host, transport);
        }
        self
    }

    /// The same services with other options for their calls.
    #[must_use]
    pub fn with(&self, options: &Options) -> Self {
        let others = self.others.iter();
        Self {
            gateway: self.gateway.with(options),
            others: others
                .map(|(host, transport)| (*host, transport.with(options)))
                .collect(),
        }
    }

    /// The transport to a host. Calls to one that was not told fail before anything is sent.
    pub fn transport(&self, host: Host) -> Transport {
        if host == Host::Gateway {
            return self.gateway.clone();
        }
        self.others.get(&host).cloned().unwrap_or_else(|| {
            Transport::unset(format!("the address of {host} is not set; give it when you build the client (`Api::with_host`)"))
        })
    }
}
