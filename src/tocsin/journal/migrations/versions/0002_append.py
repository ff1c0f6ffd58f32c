"""On a server, one function settles and writes many appends: one statement, one round trip."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What goes in and out is told in tocsin/journal/question.py. What holds for every version of it:
# the transaction's id comes before any entry id is drawn, since `settled_floor` rests on that; the
# logs are locked, in the order given, before anything is read; each statement then sees what the
# former holders of those locks committed; and a change is checked whole before it writes anything.
APPEND = """
CREATE FUNCTION tocsin_append(locks bigint[], asked jsonb, bytes bytea) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    otherwise jsonb := '{}';  -- by place: what became of those that were not simply written
    told jsonb;
    change jsonb;
    claim jsonb;
    wanted jsonb;
    sizes jsonb;
    of_log text;
    head bigint;
    piece record;
    new_id bigint;
    place int := 1;
    size int;
BEGIN
    PERFORM pg_current_xact_id();
    PERFORM pg_advisory_xact_lock(key) FROM unnest(locks) AS key;
    FOR n IN 0 .. jsonb_array_length(asked) - 1 LOOP
        change := asked -> n;
        of_log := change ->> 'log';
        told := NULL;

        IF change ? 'key' THEN
            SELECT first_seq, last_seq INTO piece FROM client_key
                WHERE client_key.log = of_log AND client_key.key = change ->> 'key';
            IF FOUND THEN
                told := jsonb_build_array('again', piece.first_seq, piece.last_seq);
            END IF;
        END IF;
        IF told IS NULL THEN
            SELECT entry.seq INTO head FROM entry WHERE entry.log = of_log
                ORDER BY entry.seq DESC LIMIT 1;
            head := coalesce(head, 0);
            IF head <> (change ->> 'after')::bigint THEN
                told := jsonb_build_array('conflict', head);
            END IF;
        END IF;
        claim := change -> 'held';
        IF told IS NULL AND claim IS NOT NULL THEN
            SELECT at, holder, until, fence INTO piece FROM due
                WHERE due.log = of_log AND due.key = claim ->> 'key';
            IF piece.at IS NULL OR piece.holder IS DISTINCT FROM claim ->> 'holder'
                OR piece.fence <> (claim ->> 'fence')::bigint
            THEN
                told := jsonb_build_array('held', piece.at, piece.holder, piece.until, piece.fence);
            END IF;
        END IF;
        claim := change -> 'take';
        IF told IS NULL AND claim IS NOT NULL THEN
            UPDATE due SET holder = claim ->> 'holder', until = (claim ->> 'until')::bigint,
                    fence = (claim ->> 'fence')::bigint
                WHERE due.log = of_log AND due.key = claim ->> 'key' AND due.at IS NOT NULL
                AND due.fence = (claim ->> 'fence')::bigint - 1
                AND (due.until IS NULL OR due.until <= (change ->> 'now')::bigint);
            IF NOT FOUND THEN
                SELECT at, holder, until, fence INTO piece FROM due
                    WHERE due.log = of_log AND due.key = claim ->> 'key';
                told := jsonb_build_array('take', piece.at, piece.holder, piece.until, piece.fence);
            END IF;
        END IF;
        IF told IS NOT NULL THEN
            otherwise := otherwise || jsonb_build_object(n::text, told);
            place := place + (change ->> 'size')::int;
            CONTINUE;
        END IF;

        wanted := change -> 'due';
        IF wanted IS NOT NULL THEN
            -- A piece that was ever claimed keeps its row: its fence must go on growing.
            DELETE FROM due WHERE due.log = of_log AND due.at IS NOT NULL AND due.fence = 0
                AND NOT wanted ? due.key;
            UPDATE due SET at = NULL WHERE due.log = of_log AND due.at IS NOT NULL
                AND NOT wanted ? due.key;
            INSERT INTO due (log, key, at, fence)
                SELECT of_log, one.key, one.value::bigint, 0 FROM jsonb_each_text(wanted) AS one
                ON CONFLICT (log, key) DO UPDATE SET at = excluded.at,
                    holder = CASE WHEN due.at IS NULL THEN NULL ELSE due.holder END,
                    until = CASE WHEN due.at IS NULL THEN NULL ELSE due.until END
                WHERE due.at IS DISTINCT FROM excluded.at;
        END IF;
        FOR e IN 0 .. jsonb_array_length(change -> 'sizes') - 1 LOOP
            sizes := change -> 'sizes' -> e;
            new_id := nextval('entry_id');
            size := (sizes -> 0)::int;
            INSERT INTO entry (id, log, seq, body)
                VALUES (new_id, of_log, head + 1 + e, substr(bytes, place, size));
            place := place + size;
            FOR word IN 1 .. jsonb_array_length(sizes) / 2 LOOP
                size := (sizes -> 2 * word)::int;
                INSERT INTO disclosure (entry, digest, body)
                    VALUES (new_id, sizes ->> (2 * word - 1), substr(bytes, place, size));
                place := place + size;
            END LOOP;
        END LOOP;
        IF change ? 'key' THEN
            INSERT INTO client_key (log, key, first_seq, last_seq) VALUES (of_log,
                change ->> 'key', head + 1, head + jsonb_array_length(change -> 'sizes'));
        END IF;
    END LOOP;
    RETURN otherwise;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(APPEND)
