"""The province's database tables, with their invariants as constraints."""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 5

SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE person (
    id_number TEXT PRIMARY KEY,
    ordinal INTEGER NOT NULL UNIQUE,
    case_name TEXT NOT NULL,
    name TEXT NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('1', '2', '9')),
    nation TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    birth_place TEXT NOT NULL,
    nationality TEXT NOT NULL,
    document TEXT NOT NULL,
    region TEXT NOT NULL
);

CREATE TABLE photo (
    id_number TEXT PRIMARY KEY REFERENCES person,
    jpeg BLOB NOT NULL
);

CREATE TABLE card (
    number TEXT PRIMARY KEY,
    id_number TEXT NOT NULL REFERENCES person,
    state TEXT NOT NULL CHECK (state IN ('未启用', '正常', '临时挂失', '正式挂失', '注销')),
    card_id TEXT NOT NULL DEFAULT '',
    bank TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    replaces TEXT REFERENCES card
);
CREATE UNIQUE INDEX one_living_card ON card (id_number) WHERE state <> '注销';
CREATE UNIQUE INDEX one_card_per_chip ON card (card_id) WHERE card_id <> '';

CREATE TABLE application (
    id INTEGER PRIMARY KEY,
    id_number TEXT NOT NULL REFERENCES person,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    bank TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    is_marked INTEGER NOT NULL DEFAULT 0,
    withdrawn TEXT NOT NULL DEFAULT '',
    held_by TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('申请中', '制卡失败', '失败已处理', '已完成'))
);
CREATE UNIQUE INDEX one_open_application ON application (id_number) WHERE state <> '已完成';

CREATE TABLE fee (
    id INTEGER PRIMARY KEY,
    id_number TEXT NOT NULL REFERENCES person,
    registered_at TEXT NOT NULL,
    used_by INTEGER REFERENCES application
);
CREATE UNIQUE INDEX one_unused_fee ON fee (id_number) WHERE used_by IS NULL;

CREATE TABLE batch (
    number TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    owner TEXT NOT NULL,
    is_locked INTEGER NOT NULL DEFAULT 0,
    bank TEXT NOT NULL DEFAULT '',
    maker TEXT NOT NULL DEFAULT '',
    opened_at TEXT NOT NULL
);

CREATE TABLE member (
    id INTEGER PRIMARY KEY,
    batch TEXT NOT NULL REFERENCES batch,
    ordinal TEXT NOT NULL,
    application INTEGER NOT NULL REFERENCES application,
    id_number TEXT NOT NULL REFERENCES person,
    card_number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL
        CHECK (state IN ('已锁定', '制卡中', '已回盘', '已回盘失败', '已恢复申请')),
    made_on TEXT NOT NULL DEFAULT '',
    valid_until TEXT NOT NULL DEFAULT '',
    UNIQUE (batch, id_number)
);
CREATE UNIQUE INDEX one_current_line ON member (application) WHERE state <> '已恢复申请';

CREATE TABLE write_back (
    id INTEGER PRIMARY KEY,
    member INTEGER NOT NULL REFERENCES member,
    application INTEGER NOT NULL REFERENCES application,
    received_at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('issued', 'spoiled')),
    is_revoked INTEGER NOT NULL DEFAULT 0,
    card_id TEXT NOT NULL,
    reset_info TEXT NOT NULL,
    bank_number TEXT NOT NULL,
    made_on TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    account TEXT NOT NULL,
    box TEXT NOT NULL,
    failed_step TEXT NOT NULL,
    failure TEXT NOT NULL
);
CREATE UNIQUE INDEX one_card_per_application
    ON write_back (application) WHERE outcome = 'issued' AND is_revoked = 0;

CREATE TABLE activation (card_number TEXT PRIMARY KEY REFERENCES card, activated_at TEXT NOT NULL);

CREATE TABLE certificate (
    public_key TEXT PRIMARY KEY,
    id_number TEXT NOT NULL REFERENCES person,
    answer TEXT NOT NULL
);

CREATE TABLE temporary (
    id INTEGER PRIMARY KEY,
    id_number TEXT NOT NULL REFERENCES person,
    number TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('未发放', '已发放', '已收回')),
    card_id TEXT NOT NULL DEFAULT '',
    agent TEXT NOT NULL DEFAULT '',
    made_on TEXT NOT NULL,
    valid_until TEXT NOT NULL
);
CREATE UNIQUE INDEX one_temporary_card ON temporary (id_number) WHERE state <> '已收回';

CREATE TABLE roster (
    batch TEXT NOT NULL REFERENCES batch,
    ordinal INTEGER NOT NULL,
    id_number TEXT NOT NULL REFERENCES person,
    PRIMARY KEY (batch, ordinal)
);

CREATE TABLE bank_check (
    id INTEGER PRIMARY KEY,
    batch TEXT NOT NULL,
    id_number TEXT NOT NULL,
    name TEXT NOT NULL,
    bank TEXT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('校验中', '通过', '不通过')),
    reason TEXT NOT NULL DEFAULT '',
    UNIQUE (batch, id_number)
);

CREATE TABLE restoration (
    id INTEGER PRIMARY KEY,
    member INTEGER NOT NULL REFERENCES member,
    step TEXT NOT NULL,
    done_at TEXT NOT NULL
);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    operation TEXT NOT NULL,
    user TEXT NOT NULL,
    subject TEXT NOT NULL,
    result TEXT NOT NULL
);

CREATE TABLE effect (name TEXT PRIMARY KEY, count INTEGER NOT NULL);

CREATE VIEW overview AS
SELECT p.*,
    c.number AS card_number, c.state AS card_state, c.card_id AS card_id, c.bank AS card_bank,
    a.id AS application, a.state AS application_state, a.bank AS bank, a.is_marked AS is_marked,
    a.kind AS application_kind, a.reason AS application_reason,
    a.withdrawn AS withdrawn, a.held_by AS held_by, f.id AS fee,
    m.id AS member, m.batch AS batch, m.card_number AS new_number, m.state AS member_state
FROM person p
LEFT JOIN card c ON c.id_number = p.id_number AND c.state <> '注销'
LEFT JOIN application a ON a.id_number = p.id_number AND a.state <> '已完成'
LEFT JOIN fee f ON f.id_number = p.id_number AND f.used_by IS NULL
LEFT JOIN member m ON m.application = a.id AND m.state <> '已恢复申请';
"""
