-- Silences; one that is over is kept until due_at.
create table silences (
    id text primary key,
    starts_at bigint not null,
    ends_at bigint not null,
    due_at bigint,
    version bigint not null,
    doc text not null
);
create index silences_due on silences (due_at) where due_at is not null;

-- What another Alertmanager had told before its state was imported: looked at once, when the group begins.
create table imported_notifications (
    group_key text not null,
    receiver text not null,
    integration text not null,
    expires_at bigint not null,
    doc text not null,
    primary key (group_key, receiver, integration)
);

-- What was said of each alert, by group: the newest first.
create index deliveries_group on deliveries (group_id, created_at) where group_id is not null;
