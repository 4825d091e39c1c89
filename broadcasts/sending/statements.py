"""The SQL of the delivery ledger, one statement a rule. README.md names the arrows."""

# What tells this PostgreSQL from a restored, cloned or promoted one: system, timeline, database.
# The timeline is that of the log being written: pg_control_checkpoint() has it only after the first
# checkpoint of a promoted standby, which takes minutes.
IDENTITY = """
    SELECT concat_ws(':', s.system_identifier,
        ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int, d.oid)
    FROM pg_control_system() s, pg_database d
    WHERE d.datname = current_database()
"""
ANOTHER_DATABASE = (
    "The database runs on another PostgreSQL than before: restored, cloned or promoted?"
)

# At each new connection: a sender outlives a failover, and must not mark until somebody has looked.
HOLD_IF_ANOTHER = f"""
    UPDATE broadcasts_engine SET hold_reason = %(reason)s, held_at = clock_timestamp()
    WHERE hold_reason = '' AND system_identifier <> '' AND system_identifier <> ({IDENTITY})
"""

_SETTLED = """
    unnest(
        %(ids)s::bigint[], %(attempts)s::int[], %(states)s::text[], %(channels)s::text[],
        %(tss)s::text[], %(errors)s::text[], %(error_texts)s::text[], %(recipients)s::bigint[],
        %(dues_in)s::float[]
    ) AS s(id, attempt, state, channel, ts, error, error_text, recipient, due_in)
"""

# Arrows c, d, e, f: only the very attempt that was answered, and only by who marked it: a sender
# that does not know whether its mark was committed must not undo another's of the same number.
# Arrow h: a proof settles any state.
SETTLE = f"""
    UPDATE broadcasts_delivery d
    SET state = s.state,
        channel = CASE WHEN s.state = 'sent' THEN s.channel ELSE d.channel END,
        ts = CASE WHEN s.state = 'sent' THEN s.ts ELSE d.ts END,
        error = s.error,
        error_text = s.error_text,
        due_at = CASE WHEN s.due_in > 0
            THEN clock_timestamp() + make_interval(secs => s.due_in) ELSE d.due_at END,
        settled_at = CASE WHEN s.state = 'ready' THEN NULL ELSE clock_timestamp() END
    FROM {_SETTLED}
    WHERE d.id = s.id
      AND ((d.state || '' = 'posting' AND d.attempt = s.attempt AND d.marked_by = %(marker)s)
           OR (s.state = 'sent' AND d.state || '' <> 'sent'))
"""

# Arrow i: the sender was only stopped, and its row was swept meanwhile. What it says of its own
# attempt is certain, but an unknown does not become ready again without a person: hours may have
# passed. Of other unknowns no sender knows more than it has said.
SETTLE_LATE = f"""
    UPDATE broadcasts_delivery d
    SET state = 'failed',
        error = CASE WHEN s.state = 'failed' THEN s.error ELSE 'not_posted' END,
        error_text = CASE WHEN s.state = 'failed' THEN s.error_text
            ELSE 'It was not posted: its sender stood still for more than two minutes.' END,
        settled_at = clock_timestamp()
    FROM {_SETTLED}
    WHERE d.id = s.id AND s.state IN ('ready', 'failed')
      AND d.state || '' = 'unknown' AND d.error = 'sender_gone'
      AND d.attempt = s.attempt AND d.marked_by = %(marker)s
"""

KEEP_COPIES = f"""
    INSERT INTO broadcasts_copy (delivery_id, channel, ts, found_at)
    SELECT d.id, s.channel, s.ts, clock_timestamp()
    FROM {_SETTLED} JOIN broadcasts_delivery d ON d.id = s.id
    WHERE s.state = 'sent' AND d.state || '' = 'sent' AND d.ts <> s.ts
    ON CONFLICT DO NOTHING
"""

KEEP_DM_CHANNELS = f"""
    UPDATE teams_recipient p
    SET dm_channel = s.channel
    FROM {_SETTLED}
    WHERE p.id = s.recipient AND s.state = 'sent' AND s.channel LIKE 'D%%'
      AND p.dm_channel <> s.channel
"""

# Beside arrow e. The answer may have waited for long: what was heard of the channel since is newer.
REFUSE_CHANNELS = f"""
    UPDATE teams_recipient p
    SET refused_at = d.marked_at, refusal = s.error
    FROM {_SETTLED} JOIN broadcasts_delivery d ON d.id = s.id
    WHERE p.id = s.recipient AND s.state = 'failed'
      AND p.kind = 'channel' AND p.refused_at IS NULL AND p.seen_at < d.marked_at
"""

_WANTED = "unnest(%(ids)s::bigint[], %(attempts)s::int[]) AS w(id, attempt)"

# Arrow b. Tests everything that may have changed since the row was read. The rows are found by
# primary key alone, and what holds for many of them is looked up once: the planner thinks of one
# row where there are hundreds, and would begin with all the teams.
MARK = f"""
    WITH taken AS MATERIALIZED (
        SELECT d.id, d.team_id, d.run_id, d.recipient_id
        FROM {_WANTED}
        JOIN broadcasts_delivery d ON d.id = w.id
        WHERE d.state || '' = 'ready' AND d.attempt = w.attempt
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE broadcasts_delivery d
    SET state = 'posting', attempt = d.attempt + 1, marked_at = clock_timestamp(),
        marked_by = %(marker)s
    FROM taken
    LEFT JOIN teams_recipient p ON p.id = taken.recipient_id
    WHERE d.id = taken.id
      AND taken.team_id = ANY(ARRAY(
            SELECT t.id
            FROM teams_team t JOIN teams_slackapp a ON a.id = t.slack_app_id
            WHERE t.id = ANY(%(teams)s::bigint[]) AND t.state = 'connected'
              AND a.enabled AND NOT a.held))
      AND (taken.run_id IS NULL OR taken.run_id = ANY(ARRAY(
            SELECT r.id FROM broadcasts_run r
            WHERE r.id = ANY(%(runs)s::bigint[]) AND r.state = 'active'
              AND r.first_ok_at IS NOT NULL))
        OR taken.id = ANY(ARRAY(
            SELECT r.canary_id FROM broadcasts_run r
            WHERE r.id = ANY(%(runs)s::bigint[]) AND r.state = 'active')))
      AND (p.id IS NULL OR (
            p.opted_out_at IS NULL AND p.gone_at IS NULL AND NOT p.is_deactivated
            AND (p.muted_until IS NULL OR p.muted_until <= now())
            AND CASE WHEN p.quiet_from IS NULL THEN true ELSE teams_quiet_end(
                coalesce(nullif(p.time_zone, ''),
                    (SELECT t.time_zone FROM teams_team t WHERE t.id = p.team_id)),
                p.quiet_from, p.quiet_to, now()) IS NULL END))
      AND NOT EXISTS (
            SELECT FROM broadcasts_optout o JOIN broadcasts_run r ON r.broadcast_id = o.broadcast_id
            WHERE o.recipient_id = taken.recipient_id AND r.id = taken.run_id)
      AND NOT EXISTS (SELECT FROM broadcasts_engine e WHERE e.hold_reason <> '')
    RETURNING d.id, d.attempt
"""

# Before the mark: while Slack never took a run's content, one delivery of it at a time is marked.
# After ten seconds without an answer another may go (canaries.py), so that one workspace in
# trouble does not keep the others waiting.
SEND_CANARY = """
    UPDATE broadcasts_run r
    SET canary_id = d.id, canary_at = clock_timestamp()
    FROM broadcasts_delivery d
    WHERE d.id = ANY(%(canaries)s::bigint[]) AND r.id = d.run_id AND r.first_ok_at IS NULL
      AND (r.canary_at IS NULL OR r.canary_at < clock_timestamp() - interval '10 seconds')
"""
CANARY_LIVES = """
    UPDATE broadcasts_run SET first_ok_at = clock_timestamp()
    WHERE id = ANY(%(runs)s::bigint[]) AND first_ok_at IS NULL
"""
# Its end says nothing of the content: the next one may go.
CANARY_IS_BACK = """
    UPDATE broadcasts_run SET canary_id = NULL, canary_at = NULL
    WHERE canary_id = ANY(%(ids)s::bigint[]) AND first_ok_at IS NULL
"""

# The end of the quiet hours that a person p of a team t is in; NULL outside of them.
_QUIET = """
    SELECT CASE WHEN p.quiet_from IS NOT NULL THEN teams_quiet_end(
        coalesce(nullif(p.time_zone, ''), t.time_zone), p.quiet_from, p.quiet_to, now()) END AS ends
"""

# Arrow g: what the mark refused because of the person, with the reason.
SKIP = f"""
    UPDATE broadcasts_delivery d
    SET state = 'skipped', settled_at = clock_timestamp(), error = why.code,
        error_text = why.sentence
    FROM (
        SELECT d.id, (CASE
            WHEN p.opted_out_at IS NOT NULL OR o.id IS NOT NULL
                THEN ARRAY['opted_out', 'This person opted out before their turn came.']
            WHEN p.muted_until > now()
                THEN ARRAY['muted', 'This person had muted messages when their turn came.']
            WHEN p.is_deactivated
                THEN ARRAY['deactivated', 'Deactivated or archived before their turn came.']
            WHEN p.gone_at IS NOT NULL
                THEN ARRAY['gone', 'No longer found at Slack when their turn came.']
            WHEN quiet.ends > now() + make_interval(mins => r.quiet_minutes)
                THEN ARRAY['quiet_hours', 'Quiet hours, for longer than the broadcast waits.']
            END) AS reason
        FROM {_WANTED}
        JOIN broadcasts_delivery d ON d.id = w.id
        JOIN teams_recipient p ON p.id = d.recipient_id
        JOIN teams_team t ON t.id = p.team_id
        LEFT JOIN broadcasts_run r ON r.id = d.run_id
        LEFT JOIN broadcasts_optout o
            ON o.recipient_id = p.id AND o.broadcast_id = r.broadcast_id
        CROSS JOIN LATERAL ({_QUIET}) AS quiet
    ) AS found
    CROSS JOIN LATERAL (SELECT found.reason[1] AS code, found.reason[2] AS sentence) AS why
    WHERE d.id = found.id AND found.reason IS NOT NULL AND d.state || '' = 'ready'
"""

# Arrow d, without an attempt: the row waits for the end of the person's quiet hours.
WAIT_FOR_QUIET = f"""
    UPDATE broadcasts_delivery d
    SET due_at = found.ends, error = 'quiet_hours',
        error_text = 'Waits for the end of their quiet hours.'
    FROM (
        SELECT d.id, quiet.ends
        FROM {_WANTED}
        JOIN broadcasts_delivery d ON d.id = w.id
        JOIN teams_recipient p ON p.id = d.recipient_id
        JOIN teams_team t ON t.id = p.team_id
        CROSS JOIN LATERAL ({_QUIET}) AS quiet
    ) AS found
    WHERE d.id = found.id AND found.ends IS NOT NULL AND d.state || '' = 'ready'
"""

# One page per (team, run); a row without a run (welcome, say) is the page of the run NULL.
# The columns are the fields of rows.Due in their order, then what is known of the person.
FETCH = """
    SELECT d.id, d.attempt, d.due_at, d.team_id AS team, d.run_id AS run,
           d.recipient_id AS recipient, d.slack_id, coalesce(p.dm_channel, '') AS dm_channel,
           d.payload,
           p.first_name, p.last_name,
           coalesce(nullif(p.display_name, ''), nullif(p.real_name, ''), p.name) AS name,
           p.real_name, p.title, p.email, p.time_zone, p.locale, p.attributes
    FROM unnest(%(teams)s::bigint[], %(runs)s::bigint[], %(dues)s::timestamptz[],
                %(ids)s::bigint[], %(limits)s::int[]) AS page(team_id, run_id, due_at, id, most)
    CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT * FROM broadcasts_delivery
            WHERE team_id = page.team_id AND run_id = page.run_id AND state = 'ready'
              AND due_at <= now() AND (due_at, id) > (page.due_at, page.id)
            ORDER BY due_at, id LIMIT page.most
        ) AS of_run
        UNION ALL
        SELECT * FROM (
            SELECT * FROM broadcasts_delivery
            WHERE page.run_id IS NULL
              AND team_id = page.team_id AND run_id IS NULL AND state = 'ready'
              AND due_at <= now() AND (due_at, id) > (page.due_at, page.id)
            ORDER BY due_at, id LIMIT page.most
        ) AS without_run
    ) AS d
    LEFT JOIN teams_recipient p ON p.id = d.recipient_id
    ORDER BY d.due_at, d.id
"""

_WORK = """
    EXISTS (
        SELECT FROM broadcasts_delivery d
        WHERE d.team_id = l.team_id AND d.run_id IS NULL AND d.state = 'ready' AND d.due_at <= now()
    ) OR EXISTS (
        SELECT FROM broadcasts_run r
        WHERE r.state = 'active' AND EXISTS (
            SELECT FROM broadcasts_delivery d
            WHERE d.team_id = l.team_id AND d.run_id = r.id AND d.state = 'ready'
              AND d.due_at <= now())
    )
"""

LANES_WITH_WORK = f"""
    SELECT l.team_id
    FROM teams_lane l
    JOIN teams_team t ON t.id = l.team_id
    JOIN teams_slackapp a ON a.id = t.slack_app_id
    WHERE t.state = 'connected' AND a.enabled AND NOT a.held AND ({_WORK})
"""

COUNT_LANES_WITH_WORK = f"SELECT count(*) FROM ({LANES_WITH_WORK}) AS lanes"
