-- Instants (…_at) are microseconds since 1970, UTC; doc is the rest of a row as one JSON document.
-- due_at is the earliest deadline of a row: null when it waits for nothing.

create table alerts (
    fingerprint bigint primary key,
    name text not null,
    firing boolean not null,
    starts_at bigint not null,
    ends_at bigint not null,
    updated_at bigint not null,
    due_at bigint,
    doc text not null
);
create index alerts_due on alerts (due_at) where due_at is not null;
create index alerts_firing on alerts (firing, name);

create table groups (
    id bigint primary key,
    group_key text not null,
    receiver text not null,
    due_at bigint,
    version bigint not null,
    doc text not null
);
create index groups_due on groups (due_at) where due_at is not null;

create table group_alerts (
    group_id bigint not null,
    fingerprint bigint not null,
    primary key (group_id, fingerprint)
);
create index group_alerts_fingerprint on group_alerts (fingerprint);

create table pages (
    id text primary key,
    group_id bigint,
    incident_id text,
    state text not null,
    severity bigint not null,
    title text not null,
    created_at bigint not null,
    due_at bigint,
    version bigint not null,
    doc text not null
);
-- A group has one open page: the second node to trigger it gets a conflict, never a second page.
create unique index pages_open on pages (group_id)
    where state <> 'resolved' and group_id is not null;
create index pages_due on pages (due_at) where due_at is not null;
create index pages_created on pages (created_at, id);
create index pages_incident on pages (incident_id);

create table deliveries (
    id text primary key,
    page_id text,
    group_id bigint,
    person text,
    channel text not null,
    state text not null,
    created_at bigint not null,
    due_at bigint,
    version bigint not null,
    doc text not null
);
create index deliveries_due on deliveries (due_at) where due_at is not null;
create index deliveries_page on deliveries (page_id);
create index deliveries_created on deliveries (created_at, id);
create index deliveries_group_due on deliveries (group_id) where due_at is not null;

create table attempts (
    delivery_id text not null,
    number bigint not null,
    started_at bigint not null,
    finished_at bigint,
    outcome text,
    detail text,
    primary key (delivery_id, number)
);

create table incidents (
    id text primary key,
    number bigint not null unique,
    service text,
    state text not null,
    severity bigint not null,
    title text not null,
    declared_at bigint not null,
    resolved_at bigint,
    version bigint not null,
    doc text not null
);
create index incidents_declared on incidents (declared_at, id);

create table reviews (
    incident_id text primary key,
    version bigint not null,
    doc text not null
);

create table plan_revisions (
    number bigint primary key,
    digest text not null,
    applied_at bigint not null,
    author text not null,
    files text not null,
    problems text not null
);

create table accounts (
    id text primary key,
    login text not null unique,
    name text not null,
    email text not null,
    role text not null,
    password_hash text,
    created_at bigint not null,
    disabled_at bigint,
    version bigint not null
);

create table sessions (
    token_hash text primary key,
    account_id text not null references accounts (id),
    csrf text not null,
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_account on sessions (account_id);
create index sessions_expires on sessions (expires_at);

create table tokens (
    id text primary key,
    name text not null,
    token_hash text not null unique,
    scopes text not null,
    account_id text references accounts (id),
    created_at bigint not null,
    used_at bigint,
    expires_at bigint,
    revoked_at bigint
);
create index tokens_created on tokens (created_at, id);

create table settings (
    name text primary key,
    value text not null
);

create table invites (
    token_hash text primary key,
    account_id text references accounts (id),
    purpose text not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
