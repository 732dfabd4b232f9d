-- An order is committed right behind the gate, before the provider has answered.
CREATE TRIGGER order_behind_the_gate AFTER UPDATE OF state ON outbox WHEN NEW.state = 2 BEGIN
  INSERT INTO purchase (site, key, status, number, at)
  VALUES (NEW.site, 'mailbox:' || NEW.mailbox_hash, 'placed', '1001', NEW.reason_at);
END
