-- Alerts are indexed in memory: here each is one row under its number, with the groups that it is in.

create table alerts_new (
    fingerprint integer primary key,
    name text not null,
    firing boolean not null,
    starts_at bigint not null,
    ends_at bigint not null,
    updated_at bigint not null,
    due_at bigint,
    group_ids text not null,
    doc text not null
);
insert into alerts_new
    select fingerprint, name, firing, starts_at, ends_at, updated_at, due_at,
        coalesce((select group_concat(group_id, ',') from group_alerts g
            where g.fingerprint = a.fingerprint), ''),
        doc
    from alerts a;
drop table group_alerts;
drop table alerts;
alter table alerts_new rename to alerts;

create table groups_new (
    id integer primary key,
    group_key text not null,
    receiver text not null,
    due_at bigint,
    version bigint not null,
    doc text not null
);
insert into groups_new select id, group_key, receiver, due_at, version, doc from groups;
drop table groups;
alter table groups_new rename to groups;
create index groups_due on groups (due_at) where due_at is not null;
