//! Reads at the end of a world what became of the shoppers' mails and carts, and whether a reminder waited without reason.

use cartwake_edge::base::store::{ColumnMismatch, Sql};

use crate::{
    deployment::Deployment,
    ledger::{HOUR, Promise, TOLERANCE},
    operation::SITES,
    twins::{Course, Kept},
};

const WAITS: Sql = Sql { name: "audit_waits", text: include_str!("../sql/audit_waits.sql") };
const ORDERS: Sql = Sql { name: "audit_orders", text: include_str!("../sql/audit_orders.sql") };

impl Deployment {
    /// What became of the shoppers' mails and carts; a reminder must not have waited without reason.
    pub fn course(&self) -> Course {
        let mut course = Course::of(&self.ledger.borrow());
        for mut row in self.look(WAITS, []) {
            let read = (|| {
                let (site, cart) = (row.take::<String>()?, row.take::<String>()?);
                let key = format!("cartwake/{site}/{cart}/{}/{}", row.take::<i64>()?, row.take::<String>()?);
                let (proof, waited) = (row.take::<i64>()?, row.take::<i64>()? > 0);
                let kept = Kept { proof, waited, reason: row.take()? };
                let (unjust, times) = (row.take::<String>()?, (row.take()?, row.take()?));
                Ok::<_, ColumnMismatch>((key, kept, unjust, site, times))
            })();
            let Ok((key, kept, mut unjust, site, times)) = read else { continue };
            if self.is_let_go_late(&site, &key, times) {
                "though staff had let it go hours before".clone_into(&mut unjust);
            }
            if !unjust.is_empty() && !self.ledger.borrow().jumped {
                self.breach(Promise::Stuck, format!("{key} waited for a share {unjust}"));
            }
            course.kept.insert(key, kept);
        }
        for mut row in self.look(ORDERS, []) {
            let read = (|| Ok::<_, ColumnMismatch>((row.take::<String>()?, row.take::<String>()?, row.take()?)))();
            let Ok((site, cart, number)) = read else { continue };
            if let Some(cart) = self.ledger.borrow().cart_of(&cart) {
                course.orders.insert((site, cart), number);
            }
        }
        course
    }

    /// Whether the gate named a site's share for a reminder that left hours after staff had let it go.
    fn is_let_go_late(&self, site: &str, key: &str, times: (Option<i64>, Option<i64>)) -> bool {
        let (Some(since), Some(left)) = times else { return false };
        let ledger = self.ledger.borrow();
        let is_here = |of: u8| SITES[usize::from(of)] == site;
        let let_go = ledger.releases.iter().find(|(of, at)| is_here(*of) && *at + TOLERANCE > since);
        let is_named = ledger.reasons.get(key).is_some_and(|reasons| reasons.contains("site_share"));
        is_named && let_go.is_some_and(|(_, at)| left > at + 2 * HOUR)
    }
}
