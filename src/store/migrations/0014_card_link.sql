-- How a card came to its person, for who asks at the counter; and what a confirmed review changed, so that it can be
-- undone.
ALTER TABLE card ADD COLUMN linked_by TEXT; -- NULL: the account was made with it, or it was linked before this was kept
ALTER TABLE card ADD COLUMN linked_at INTEGER;
ALTER TABLE card_review ADD COLUMN card BLOB; -- a bare id
ALTER TABLE card_review ADD COLUMN card_before TEXT; -- NULL: it led to nobody
ALTER TABLE card_review ADD COLUMN replaced BLOB;

-- Those confirmed within the last month. A card that was linked for the first time was first read when it was asked about.
UPDATE card_review SET card = (SELECT c.id FROM card c
    WHERE c.pseudonym_hash = card_review.pseudonym_hash AND c.person = card_review.person)
  WHERE stage = 'confirmed';
DELETE FROM card_review WHERE stage = 'confirmed' AND card IS NULL;
UPDATE card_review SET card_before = 'replaced'
  WHERE stage = 'confirmed' AND (SELECT c.added_at FROM card c WHERE c.id = card_review.card) < asked_at;
UPDATE card SET linked_by = 'clerk', linked_at = (SELECT max(r.decided_at) FROM card_review r
    WHERE r.card = card.id AND r.stage = 'confirmed')
  WHERE state = 'current' AND id IN (SELECT card FROM card_review WHERE stage = 'confirmed');
-- Which card was replaced is beyond doubt only where none was taken off: then it is the one that was read last.
UPDATE card_review SET replaced = (SELECT c.id FROM card c
    WHERE c.person = card_review.person AND c.state = 'replaced' ORDER BY c.last_read_at DESC, c.id LIMIT 1)
  WHERE stage = 'confirmed'
    AND NOT EXISTS (SELECT 1 FROM card c WHERE c.person = card_review.person AND c.state = 'removed');
