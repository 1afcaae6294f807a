-- Every firing of every alert that has ended; what fires now is in alerts.
create table episodes (
    seq integer primary key autoincrement,
    fingerprint bigint not null,
    name text not null,
    started_at bigint not null,
    ended_at bigint not null,
    doc text not null
);
create index episodes_alert on episodes (fingerprint, started_at);
create index episodes_ended on episodes (ended_at);
