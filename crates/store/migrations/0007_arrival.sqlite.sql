-- Alerts are found in memory: here each has the number under which it arrived, so that what comes together lies together.

create table alerts_new (
    number integer primary key,
    fingerprint bigint not null,
    firing boolean not null,
    starts_at bigint not null,
    ends_at bigint not null,
    updated_at bigint not null,
    due_at bigint,
    group_ids text not null,
    doc text not null
);
insert into alerts_new
    select row_number() over (order by updated_at, fingerprint), fingerprint, firing, starts_at,
        ends_at, updated_at, due_at, group_ids, doc
    from alerts;
drop table alerts;
alter table alerts_new rename to alerts;
