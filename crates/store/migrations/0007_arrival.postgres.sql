-- Alerts are found in memory: here each has the number under which it arrived, so that what comes together lies together.

alter table alerts add column number bigint;
update alerts a set number = n.number
    from (select fingerprint, row_number() over (order by updated_at, fingerprint) as number
        from alerts) n
    where a.fingerprint = n.fingerprint;
alter table alerts drop constraint alerts_pkey;
alter table alerts add primary key (number);
alter table alerts drop column name;
