-- Alerts are indexed in memory: here each is one row under its number, with the groups that it is in.

alter table alerts add column group_ids text not null default '';
update alerts a set group_ids = g.ids
    from (select fingerprint, string_agg(cast(group_id as text), ',') as ids
        from group_alerts group by fingerprint) g
    where a.fingerprint = g.fingerprint;
drop table group_alerts;
drop index alerts_due;
drop index alerts_firing;
