BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE artifacts (
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY (sha256)
);
INSERT INTO "artifacts" VALUES('40a260a2006cf67f80ace25bbadb6c3d870bbda85ca5a6a69f5039efe68bcf05',28496,'2026-11-25 20:25:58.372140');
INSERT INTO "artifacts" VALUES('4b129ccddcafa4e17eeb834b318bee90d1c6df77b9abc44bfea2e702e2711de5',26920,'2026-11-25 20:25:58.802387');
INSERT INTO "artifacts" VALUES('a4c35e1b68d7ac47f4eee17f8bd8d6943950c7921898f0595496448c13b45439',60008,'2026-11-25 20:25:59.281762');
INSERT INTO "artifacts" VALUES('7cda4d17a1438f34c9a3ab8599381f9ad9f513f55aa580894b3b331f68759c6b',29128,'2026-11-25 20:26:12.187296');
INSERT INTO "artifacts" VALUES('b0f2aaac89cf8dc78b0939ebae27903e95e20eba12b6bf75af33740d50da6217',26480,'2026-11-25 20:26:12.760829');
INSERT INTO "artifacts" VALUES('b91e1374ca4acaf255003cc61155c8dc728ae31862906858f217aecf19ce26a8',48168,'2026-11-25 20:26:13.342439');
CREATE TABLE audit (
	id VARCHAR(40) NOT NULL, 
	at DATETIME NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	actor VARCHAR(100) NOT NULL, 
	token_id VARCHAR(40) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	object VARCHAR(200) NOT NULL, 
	body JSON NOT NULL, 
	request_id VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES('aud_01a21462a4bb7c289a551c518c624384','2026-11-25 20:25:38.747760','vision','admin','tok_01a21462a4007428a953d4634d3dc225','team.create','vision','{}','req_9ed5157284b0f2575bd65462');
INSERT INTO "audit" VALUES('aud_01a21462a5c5794ba822534971f56702','2026-11-25 20:25:39.013581','default','admin','tok_01a21462a4007428a953d4634d3dc225','token.create','tok_01a21462a5c5794bb1e60f6444926e35','{"name": "Ada", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_eaea5fbc80500bea5ec55eea');
INSERT INTO "audit" VALUES('aud_01a21462a6047ae1a4b715f8f2694e96','2026-11-25 20:25:39.076680','default','admin','tok_01a21462a4007428a953d4634d3dc225','token.create','tok_01a21462a6047ae1b01b13c5aa9dbe1c','{"name": "Bob", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_586ffaed6e7c91c438cfbccb');
INSERT INTO "audit" VALUES('aud_01a21462a65777e7904f842f9a209d06','2026-11-25 20:25:39.159494','default','admin','tok_01a21462a4007428a953d4634d3dc225','token.revoke','tok_01a21462a6047ae1b01b13c5aa9dbe1c','{"name": "Bob", "role": "editor"}','req_7ba6f9745dd6e979c0bac8a5');
INSERT INTO "audit" VALUES('aud_01a21462a6897849bf992dc8506c1404','2026-11-25 20:25:39.209518','default','admin','tok_01a21462a4007428a953d4634d3dc225','job.post','job_01a21462a6897849ba3db620c6951226','{"name": "a job", "priority": 2, "trials": 3}','req_7f9528c11f08f7321eb113b1');
INSERT INTO "audit" VALUES('aud_01a21462f5927395898dc0a6c4e70631','2026-11-25 20:25:59.442224','default','admin','tok_01a21462a4007428a953d4634d3dc225','job.post','job_01a21462f5927395bb9ac007b5c1f183','{"name": "a job", "priority": 0, "trials": 5}','req_b1a375e8d1df3482286f4cd8');
INSERT INTO "audit" VALUES('aud_01a21462f5fd7c7e943b0ff12da0e183','2026-11-25 20:25:59.549781','default','admin','tok_01a21462a4007428a953d4634d3dc225','job.cancel','job_01a21462f5927395bb9ac007b5c1f183','{"name": "a job"}','req_ce2dfc21bebda2c0879eed2b');
INSERT INTO "audit" VALUES('aud_01a21462f64b756cb7fea3871513fcf0','2026-11-25 20:25:59.627339','default','admin','tok_01a21462a4007428a953d4634d3dc225','job.post','job_01a21462f64b756c8aa01d2b707b7751','{"name": "a job", "priority": 0, "trials": 60}','req_01ca780e527d03d90ae7f3dc');
CREATE TABLE copies (
	id VARCHAR(40) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	rescue_from DATETIME NOT NULL, 
	CONSTRAINT pk_copies PRIMARY KEY (id)
);
CREATE TABLE dispatchers (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(200) NOT NULL, 
	nodes JSON NOT NULL, 
	datasets JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_dispatchers PRIMARY KEY (id)
);
INSERT INTO "dispatchers" VALUES('30101ace-8485-4520-9502-15e0a58b3e0c','local:fd7d7159-ce21-4e03-9929-da5cb16d5b3d','[{"cpus": 2.0, "gpus": 0.0}]','[{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}]','2026-11-25 20:26:12.738197');
CREATE TABLE events (
	job_id VARCHAR(40) NOT NULL, 
	sequence INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	body JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (job_id, sequence), 
	CONSTRAINT fk_events_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:25:39.209518');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:45.643558');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:50.711945');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:51.482402');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:54.703355');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5277777777777778, "loss": 1.7007009718153212, "seconds": 0.13321774100040784, "checkpoint": null}','2026-11-25 20:25:58.270185');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8263888888888888, "loss": 0.8494129710727267, "seconds": 0.10641750200011302, "checkpoint": null}','2026-11-25 20:25:58.386435');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',8,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.02452600165270269, "accuracy": 0.8263888888888888}}','2026-11-25 20:25:58.386435');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',9,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:58.386435');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',10,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 35091.792203679426, "front_size": 1}','2026-11-25 20:25:58.386435');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',11,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:58.439055');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',12,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.2361111111111111, "loss": 2.259471469455295, "seconds": 0.12063302600290626, "checkpoint": null}','2026-11-25 20:25:58.705861');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.3888888888888889, "loss": 2.181300269232856, "seconds": 0.11238828799832845, "checkpoint": null}','2026-11-25 20:25:58.810535');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',14,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022423002519644797, "accuracy": 0.3888888888888889}}','2026-11-25 20:25:58.810535');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',15,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:58.810535');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',16,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 35304.4129803643, "front_size": 2}','2026-11-25 20:25:58.810535');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',17,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:58.848735');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',18,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.3125, "loss": 1.782803429497613, "seconds": 0.1342126309973537, "checkpoint": null}','2026-11-25 20:25:59.115032');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',19,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.7569444444444444, "loss": 0.9248349931504991, "seconds": 0.18110492500272812, "checkpoint": null}','2026-11-25 20:25:59.304456');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',20,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.02803200186463073, "accuracy": 0.7569444444444444}}','2026-11-25 20:25:59.304456');
INSERT INTO "events" VALUES('job_01a21462a6897849ba3db620c6951226',21,'job.state','{"state": "succeeded", "reason": "budget_spent", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:59.355125');
INSERT INTO "events" VALUES('job_01a21462f5927395bb9ac007b5c1f183',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:25:59.442224');
INSERT INTO "events" VALUES('job_01a21462f5927395bb9ac007b5c1f183',2,'job.state','{"state": "cancelled", "reason": "cancelled", "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:25:59.549781');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:25:59.627339');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:00.102389');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:04.186565');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:05.004218');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:08.374693');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5902777777777778, "loss": 1.2265045377943251, "seconds": 0.1314993229971151, "checkpoint": null}','2026-11-25 20:26:11.961928');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8888888888888888, "loss": 0.3925865756140815, "seconds": 0.11213857799884863, "checkpoint": null}','2026-11-25 20:26:12.076766');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',8,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 3, "accuracy": 0.9583333333333334, "loss": 0.23855723275078666, "seconds": 0.12194369999633636, "checkpoint": null}','2026-11-25 20:26:12.197514');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',9,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.024747001589275897, "accuracy": 0.9583333333333334}}','2026-11-25 20:26:12.197514');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',10,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:12.197514');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',11,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 40292.77010434913, "front_size": 1}','2026-11-25 20:26:12.197514');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',12,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:12.255219');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.4375, "loss": 2.1041261884901257, "seconds": 0.11635004400159232, "checkpoint": null}','2026-11-25 20:26:12.509157');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',14,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.5694444444444444, "loss": 1.5114669799804688, "seconds": 0.10456451500067487, "checkpoint": null}','2026-11-25 20:26:12.629985');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',15,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 3, "accuracy": 0.625, "loss": 1.31561099158393, "seconds": 0.1468296500024735, "checkpoint": null}','2026-11-25 20:26:12.779609');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',16,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.02132200461346656, "accuracy": 0.625}}','2026-11-25 20:26:12.779609');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',17,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:12.779609');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',18,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 41156.03605915769, "front_size": 2}','2026-11-25 20:26:12.779609');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',19,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:12.828186');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',20,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.24305555555555555, "loss": 2.51825311448839, "seconds": 0.15280304400221212, "checkpoint": null}','2026-11-25 20:26:13.102290');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',21,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.3958333333333333, "loss": 2.708530214097765, "seconds": 0.1188882780043059, "checkpoint": null}','2026-11-25 20:26:13.223979');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',22,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 3, "accuracy": 0.7986111111111112, "loss": 0.5311130417717828, "seconds": 0.1245082640016335, "checkpoint": null}','2026-11-25 20:26:13.356855');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',23,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.031847004720475525, "accuracy": 0.7986111111111112}}','2026-11-25 20:26:13.356855');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',24,'trial.state','{"number": 3, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:13.356855');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',25,'trial.state','{"number": 3, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:13.390971');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',26,'trial.state','{"number": 3, "state": "suspended", "reason": "interrupted", "attempt": 1, "values": {"params": 2098.0, "macs": 45440.0, "size_bytes": 8392.0, "latency_ms": 0.02298400067957118}}','2026-11-25 20:26:13.519617');
INSERT INTO "events" VALUES('job_01a21462f64b756c8aa01d2b707b7751',27,'job.state','{"state": "queued", "reason": "interrupted", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:13.527784');
CREATE TABLE front_revisions (
	job_id VARCHAR(40) NOT NULL, 
	revision INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	trials_finished INTEGER NOT NULL, 
	hypervolume FLOAT NOT NULL, 
	front_size INTEGER NOT NULL, 
	CONSTRAINT pk_front_revisions PRIMARY KEY (job_id, revision), 
	CONSTRAINT fk_front_revisions_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "front_revisions" VALUES('job_01a21462a6897849ba3db620c6951226',1,'2026-11-25 20:25:58.386435',1,3.50917922036794261656e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21462a6897849ba3db620c6951226',2,'2026-11-25 20:25:58.810535',2,35304.4129803643,2);
INSERT INTO "front_revisions" VALUES('job_01a21462f64b756c8aa01d2b707b7751',1,'2026-11-25 20:26:12.197514',1,4.02927701043491324518e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21462f64b756c8aa01d2b707b7751',2,'2026-11-25 20:26:12.779609',2,4.1156036059157690035e+04,2);
CREATE TABLE idempotency_keys (
	team VARCHAR(100) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	body_sha256 VARCHAR(64) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (team, "key"), 
	CONSTRAINT fk_idempotency_keys_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_idempotency_keys_team FOREIGN KEY(team) REFERENCES teams (name)
);
CREATE TABLE job_tags (
	job_id VARCHAR(40) NOT NULL, 
	"key" VARCHAR(256) NOT NULL, 
	value VARCHAR(256) NOT NULL, 
	CONSTRAINT pk_job_tags PRIMARY KEY (job_id, "key"), 
	CONSTRAINT fk_job_tags_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "job_tags" VALUES('job_01a21462a6897849ba3db620c6951226','project','upgrades');
CREATE TABLE jobs (
	id VARCHAR(40) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	owner VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	spec JSON NOT NULL, 
	dataset JSON NOT NULL, 
	reference_point JSON NOT NULL, 
	tags JSON NOT NULL, 
	priority INTEGER NOT NULL, 
	budget_trials INTEGER NOT NULL, 
	wall_clock_seconds FLOAT, 
	state VARCHAR(16) NOT NULL, 
	reason VARCHAR(40), 
	detail TEXT, 
	desired VARCHAR(16) NOT NULL, 
	desired_at DATETIME, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	epoch INTEGER NOT NULL, 
	dispatcher VARCHAR(64), 
	cluster VARCHAR(200), 
	handle VARCHAR(100), 
	runner VARCHAR(200), 
	runner_token_sha256 VARCHAR(64), 
	lease_until DATETIME, 
	running_since DATETIME, 
	wall_clock_used FLOAT NOT NULL, 
	crashes INTEGER NOT NULL, 
	trials_total INTEGER NOT NULL, 
	trials_finished INTEGER NOT NULL, 
	trials_failed INTEGER NOT NULL, 
	trials_pruned INTEGER NOT NULL, 
	events INTEGER NOT NULL, 
	front_revision INTEGER NOT NULL, 
	front_size INTEGER NOT NULL, 
	hypervolume FLOAT NOT NULL, points_waiting INTEGER DEFAULT 0 NOT NULL, slots INTEGER DEFAULT 0 NOT NULL, boost INTEGER DEFAULT 0 NOT NULL, waiting_since DATETIME, stored_bytes BIGINT DEFAULT 0 NOT NULL, dataset_key VARCHAR(100) DEFAULT '' NOT NULL, cpus FLOAT DEFAULT 1 NOT NULL, gpus FLOAT DEFAULT 0 NOT NULL, concurrency INTEGER DEFAULT 1 NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_jobs_desired CHECK (desired IN ('run', 'pause', 'cancel')), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'starting', 'running', 'paused', 'succeeded', 'failed', 'cancelled')), 
	CONSTRAINT fk_jobs_team FOREIGN KEY(team) REFERENCES teams (name)
);
INSERT INTO "jobs" VALUES('job_01a21462a6897849ba3db620c6951226','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 1}, "budget": {"trials": 3, "training_epochs": 2, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "priority": 2, "tags": {"project": "upgrades"}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{"project": "upgrades"}',2,3,NULL,'succeeded','budget_spent',NULL,'run',NULL,'2026-11-25 20:25:39.209518','2026-11-25 20:25:50.711945','2026-11-25 20:25:59.355125',1,'30101ace-8485-4520-9502-15e0a58b3e0c','local:fd7d7159-ce21-4e03-9929-da5cb16d5b3d','tclsearch-job_01a21462a6897849ba3db620c6951226-e1','vm/11895','34902d6764405dd09f68b06356d70436bf9aa7d206aa4b4899831442c52f5eef',NULL,NULL,8.64318,0,3,3,0,0,21,2,2,35304.4129803643,0,0,0,NULL,115424,'digits',1.0,0.0,1);
INSERT INTO "jobs" VALUES('job_01a21462f5927395bb9ac007b5c1f183','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 0}, "budget": {"trials": 5, "training_epochs": 6, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,5,NULL,'cancelled','cancelled',NULL,'run',NULL,'2026-11-25 20:25:59.442224',NULL,'2026-11-25 20:25:59.549781',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,0,0,0,0,0,2,0,0,0.0,0,0,0,NULL,0,'digits',1.0,0.0,1);
INSERT INTO "jobs" VALUES('job_01a21462f64b756c8aa01d2b707b7751','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "random", "seed": 0}, "budget": {"trials": 60, "training_epochs": 3, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,60,NULL,'queued','interrupted',NULL,'run',NULL,'2026-11-25 20:25:59.627339','2026-11-25 20:26:04.186565',NULL,1,'30101ace-8485-4520-9502-15e0a58b3e0c','local:fd7d7159-ce21-4e03-9929-da5cb16d5b3d','tclsearch-job_01a21462f64b756c8aa01d2b707b7751-e1','vm/12067','8d00e1f545110421377adc5ed9385df3609859774fa573fc5fd70a4409590f03',NULL,NULL,9.341219,0,4,3,0,0,27,2,2,4.1156036059157690035e+04,0,0,0,'2026-11-25 20:26:13.527784',103776,'digits',1.0,0.0,1);
CREATE TABLE latencies (
	architecture_digest VARCHAR(64) NOT NULL, 
	profile VARCHAR(200) NOT NULL, 
	latency JSON NOT NULL, 
	measured_at DATETIME NOT NULL, 
	CONSTRAINT pk_latencies PRIMARY KEY (architecture_digest, profile)
);
INSERT INTO "latencies" VALUES('a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02452600165270269, "median": 0.025116998585872352, "p90": 0.02601899905130267, "runs": 1871, "reference": 0.199606001842767}','2026-11-25 20:25:56.870234');
INSERT INTO "latencies" VALUES('4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','local-cpu/onnxruntime/batch1/threads1','{"min": 0.022423002519644797, "median": 0.02295399463037029, "p90": 0.023824999516364187, "runs": 1855, "reference": 0.1997660001507029}','2026-11-25 20:25:58.636098');
INSERT INTO "latencies" VALUES('0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02803200186463073, "median": 0.028643000405281782, "p90": 0.02997620467795059, "runs": 1429, "reference": 0.19952600268879905}','2026-11-25 20:25:59.046084');
INSERT INTO "latencies" VALUES('3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','local-cpu/onnxruntime/batch1/threads1','{"min": 0.024747001589275897, "median": 0.02531799691496417, "p90": 0.026813200383912772, "runs": 1469, "reference": 0.19884499488398433}','2026-11-25 20:26:10.534432');
INSERT INTO "latencies" VALUES('7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02132200461346656, "median": 0.021802996343467385, "p90": 0.02246400181320496, "runs": 1872, "reference": 0.19918599718948826}','2026-11-25 20:26:12.409278');
INSERT INTO "latencies" VALUES('9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82','local-cpu/onnxruntime/batch1/threads1','{"min": 0.031847004720475525, "median": 0.032578005630057305, "p90": 0.034040099853882566, "runs": 1280, "reference": 0.1993650002987124}','2026-11-25 20:26:12.940338');
INSERT INTO "latencies" VALUES('2d0dcee5403a775875d4f72f9502ab7176bd55da2749ae0418d9d88d3aaba0ec','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02298400067957118, "median": 0.023574997612740844, "p90": 0.024790999304968864, "runs": 1796, "reference": 0.1989049997064285}','2026-11-25 20:26:13.519617');
CREATE TABLE members (
	team VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_members PRIMARY KEY (team, name), 
	CONSTRAINT fk_members_team FOREIGN KEY(team) REFERENCES teams (name)
);
CREATE TABLE models (
	id VARCHAR(40) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	trial_number INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	head VARCHAR(16) NOT NULL, 
	ranks JSON, 
	architecture JSON NOT NULL, 
	architecture_digest VARCHAR(64) NOT NULL, 
	"values" JSON NOT NULL, 
	latency JSON NOT NULL, 
	checkpoint VARCHAR(64) NOT NULL, 
	checkpoint_bytes BIGINT NOT NULL, 
	feasible BOOLEAN NOT NULL, 
	front_from INTEGER, 
	front_until INTEGER, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_models PRIMARY KEY (id), 
	CONSTRAINT fk_models_job_id_trial_number FOREIGN KEY(job_id, trial_number) REFERENCES trials (job_id, number) ON DELETE CASCADE, 
	CONSTRAINT uq_models_job_id_trial_number_position UNIQUE (job_id, trial_number, position)
);
INSERT INTO "models" VALUES('mdl_01a21462f17276f59bed3c594c116848','job_01a21462a6897849ba3db620c6951226',0,0,'tcl','[24, 4, 1]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.02452600165270269, "accuracy": 0.8263888888888888}','{"min": 0.02452600165270269, "median": 0.025116998585872352, "p90": 0.02601899905130267, "runs": 1871, "reference": 0.199606001842767}','40a260a2006cf67f80ace25bbadb6c3d870bbda85ca5a6a69f5039efe68bcf05',28496,1,1,NULL,'2026-11-25 20:25:58.386435');
INSERT INTO "models" VALUES('mdl_01a21462f31a788fa5a52fae116422fd','job_01a21462a6897849ba3db620c6951226',1,0,'tcl','[4, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022423002519644797, "accuracy": 0.3888888888888889}','{"min": 0.022423002519644797, "median": 0.02295399463037029, "p90": 0.023824999516364187, "runs": 1855, "reference": 0.1997660001507029}','4b129ccddcafa4e17eeb834b318bee90d1c6df77b9abc44bfea2e702e2711de5',26920,1,2,NULL,'2026-11-25 20:25:58.810535');
INSERT INTO "models" VALUES('mdl_01a21462f508774b861b3a5ebccef816','job_01a21462a6897849ba3db620c6951226',2,0,'tcl','[16, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.02803200186463073, "accuracy": 0.7569444444444444}','{"min": 0.02803200186463073, "median": 0.028643000405281782, "p90": 0.02997620467795059, "runs": 1429, "reference": 0.19952600268879905}','a4c35e1b68d7ac47f4eee17f8bd8d6943950c7921898f0595496448c13b45439',60008,1,NULL,NULL,'2026-11-25 20:25:59.304456');
INSERT INTO "models" VALUES('mdl_01a2146327657839b4f9c295febefeaa','job_01a21462f64b756c8aa01d2b707b7751',0,0,'tcl','[24, 4, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.024747001589275897, "accuracy": 0.9583333333333334}','{"min": 0.024747001589275897, "median": 0.02531799691496417, "p90": 0.026813200383912772, "runs": 1469, "reference": 0.19884499488398433}','7cda4d17a1438f34c9a3ab8599381f9ad9f513f55aa580894b3b331f68759c6b',29128,1,1,NULL,'2026-11-25 20:26:12.197514');
INSERT INTO "models" VALUES('mdl_01a2146329ab79be9febb613542f6b5a','job_01a21462f64b756c8aa01d2b707b7751',1,0,'gap',NULL,'{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.02132200461346656, "accuracy": 0.625}','{"min": 0.02132200461346656, "median": 0.021802996343467385, "p90": 0.02246400181320496, "runs": 1872, "reference": 0.19918599718948826}','b0f2aaac89cf8dc78b0939ebae27903e95e20eba12b6bf75af33740d50da6217',26480,1,2,NULL,'2026-11-25 20:26:12.779609');
INSERT INTO "models" VALUES('mdl_01a214632bec7dae9a81300620744a1d','job_01a21462f64b756c8aa01d2b707b7751',2,0,'tcl','[4, 1, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82','{"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.031847004720475525, "accuracy": 0.7986111111111112}','{"min": 0.031847004720475525, "median": 0.032578005630057305, "p90": 0.034040099853882566, "runs": 1280, "reference": 0.1993650002987124}','b91e1374ca4acaf255003cc61155c8dc728ae31862906858f217aecf19ce26a8',48168,1,NULL,NULL,'2026-11-25 20:26:13.356855');
CREATE TABLE points (
	id VARCHAR(40) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	parameters JSON NOT NULL, 
	owner VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	trial_number INTEGER, 
	CONSTRAINT pk_points PRIMARY KEY (id), 
	CONSTRAINT fk_points_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('copies','sqlite_autoindex_copies_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('alembic_version','sqlite_autoindex_alembic_version_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('teams','sqlite_autoindex_teams_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('tokens','sqlite_autoindex_tokens_2','2 1');
INSERT INTO "sqlite_stat1" VALUES('tokens','sqlite_autoindex_tokens_1','2 1');
INSERT INTO "sqlite_stat1" VALUES('audit','ix_audit_team_id','8 4 1');
INSERT INTO "sqlite_stat1" VALUES('audit','sqlite_autoindex_audit_1','8 1');
INSERT INTO "sqlite_stat1" VALUES('latencies','sqlite_autoindex_latencies_1','3 1 1');
INSERT INTO "sqlite_stat1" VALUES('artifacts','sqlite_autoindex_artifacts_1','3 1');
INSERT INTO "sqlite_stat1" VALUES('dispatchers','sqlite_autoindex_dispatchers_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('front_revisions','sqlite_autoindex_front_revisions_1','2 2 1');
INSERT INTO "sqlite_stat1" VALUES('trial_reports','ix_trial_reports_checkpoint','6 6');
INSERT INTO "sqlite_stat1" VALUES('trial_reports','sqlite_autoindex_trial_reports_1','6 6 2 1 1');
INSERT INTO "sqlite_stat1" VALUES('models','ix_models_job_id_front_until_front_from','3 3 3 1');
INSERT INTO "sqlite_stat1" VALUES('models','ix_models_checkpoint','3 1');
INSERT INTO "sqlite_stat1" VALUES('models','sqlite_autoindex_models_2','3 3 1 1');
INSERT INTO "sqlite_stat1" VALUES('models','sqlite_autoindex_models_1','3 1');
INSERT INTO "sqlite_stat1" VALUES('events','sqlite_autoindex_events_1','28 10 1');
INSERT INTO "sqlite_stat1" VALUES('job_tags','ix_job_tags_key_value','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('job_tags','sqlite_autoindex_job_tags_1','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('trials','ix_trials_job_id_state_number','4 2 2 1');
INSERT INTO "sqlite_stat1" VALUES('trials','sqlite_autoindex_trials_1','4 2 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_turn','3 1 1 1 1 1 1 1 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_started_at','3 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_team_state','3 3 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_team_id_id','3 3 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_state_priority_id','3 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','sqlite_autoindex_jobs_1','3 1');
CREATE TABLE teams (
	name VARCHAR(100) NOT NULL, 
	quotas JSON NOT NULL, 
	created_at DATETIME NOT NULL, retention_days INTEGER, 
	CONSTRAINT pk_teams PRIMARY KEY (name)
);
INSERT INTO "teams" VALUES('default','{}','2026-11-25 20:25:38.560260',NULL);
INSERT INTO "teams" VALUES('vision','{}','2026-11-25 20:25:38.747760',NULL);
CREATE TABLE tokens (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	revoked_at DATETIME, member VARCHAR(100), scopes JSON, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_tokens_team FOREIGN KEY(team) REFERENCES teams (name), 
	CONSTRAINT uq_tokens_token_sha256 UNIQUE (token_sha256)
);
INSERT INTO "tokens" VALUES('tok_01a21462a4007428a953d4634d3dc225','admin','default','admin','ffaa99810a240489c0862cb07b2037a5ab4ce1fdbff9835935023622e579da1a','2026-11-25 20:25:38.560260',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21462a4007428bc8876336377b915','dispatcher','default','dispatcher','0fb7601da32dc81fff700753a1a4232714ee0b6f3d5156bdba4cc76cc1becf03','2026-11-25 20:25:38.560260',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21462a5c5794bb1e60f6444926e35','Ada','default','editor','dc762723b649ea5eb582d74ea58db29c066706db786764b360f93258204370a2','2026-11-25 20:25:39.013581',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21462a6047ae1b01b13c5aa9dbe1c','Bob','default','editor','0c731e4633506e4b05b4cd31f3cc158d886fbcd11fb26849c9d4e59b654dc36e','2026-11-25 20:25:39.076680',NULL,'2026-11-25 20:25:39.159494',NULL,NULL);
CREATE TABLE trial_reports (
	job_id VARCHAR(40) NOT NULL, 
	number INTEGER NOT NULL, 
	training_epoch INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	accuracy FLOAT NOT NULL, 
	loss FLOAT NOT NULL, 
	seconds FLOAT NOT NULL, 
	checkpoint VARCHAR(64), 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_trial_reports PRIMARY KEY (job_id, number, training_epoch, attempt), 
	CONSTRAINT fk_trial_reports_job_id_number FOREIGN KEY(job_id, number) REFERENCES trials (job_id, number) ON DELETE CASCADE
);
INSERT INTO "trial_reports" VALUES('job_01a21462a6897849ba3db620c6951226',0,1,1,5.27777777777777790113e-01,1.70070097181532120522e+00,1.33217741000407841056e-01,NULL,'2026-11-25 20:25:58.270185');
INSERT INTO "trial_reports" VALUES('job_01a21462a6897849ba3db620c6951226',0,2,1,8.26388888888888839545e-01,8.4941297107272673017e-01,1.06417502000113017857e-01,NULL,'2026-11-25 20:25:58.386435');
INSERT INTO "trial_reports" VALUES('job_01a21462a6897849ba3db620c6951226',1,1,1,2.36111111111111104943e-01,2.25947146945529508954e+00,1.20633026002906262874e-01,NULL,'2026-11-25 20:25:58.705861');
INSERT INTO "trial_reports" VALUES('job_01a21462a6897849ba3db620c6951226',1,2,1,3.88888888888888895056e-01,2.18130026923285580409e+00,1.12388287998328451067e-01,NULL,'2026-11-25 20:25:58.810535');
INSERT INTO "trial_reports" VALUES('job_01a21462a6897849ba3db620c6951226',2,1,1,0.3125,1.7828034294976129459e+00,1.34212630997353699058e-01,NULL,'2026-11-25 20:25:59.115032');
INSERT INTO "trial_reports" VALUES('job_01a21462a6897849ba3db620c6951226',2,2,1,7.56944444444444419772e-01,9.24834993150499107272e-01,1.81104925002728123217e-01,NULL,'2026-11-25 20:25:59.304456');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',0,1,1,5.90277777777777790113e-01,1.22650453779432511147e+00,1.31499322997115086764e-01,NULL,'2026-11-25 20:26:11.961928');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',0,2,1,8.88888888888888839545e-01,3.92586575614081501051e-01,1.12138577998848631978e-01,NULL,'2026-11-25 20:26:12.076766');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',0,3,1,9.5833333333333337034e-01,2.38557232750786663011e-01,1.21943699996336363255e-01,NULL,'2026-11-25 20:26:12.197514');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',1,1,1,0.4375,2.10412618849012567068e+00,1.16350044001592323184e-01,NULL,'2026-11-25 20:26:12.509157');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',1,2,1,5.69444444444444419772e-01,1.51146697998046875e+00,1.0456451500067487359e-01,NULL,'2026-11-25 20:26:12.629985');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',1,3,1,0.625,1.31561099158393,1.46829650002473499625e-01,NULL,'2026-11-25 20:26:12.779609');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',2,1,1,2.43055555555555552471e-01,2.51825311448839,1.52803044002212118357e-01,NULL,'2026-11-25 20:26:13.102290');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',2,2,1,3.95833333333333314829e-01,2.70853021409776495431e+00,1.18888278004305902868e-01,NULL,'2026-11-25 20:26:13.223979');
INSERT INTO "trial_reports" VALUES('job_01a21462f64b756c8aa01d2b707b7751',2,3,1,7.98611111111111160454e-01,5.31113041771782756761e-01,1.24508264001633506268e-01,NULL,'2026-11-25 20:26:13.356855');
CREATE TABLE trials (
	job_id VARCHAR(40) NOT NULL, 
	number INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	reason VARCHAR(40), 
	detail TEXT, 
	parameters JSON NOT NULL, 
	architecture JSON NOT NULL, 
	architecture_digest VARCHAR(64) NOT NULL, 
	seed BIGINT NOT NULL, 
	"values" JSON NOT NULL, 
	latency JSON, 
	measured_attempt INTEGER, 
	attempts INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	CONSTRAINT pk_trials PRIMARY KEY (job_id, number), 
	CONSTRAINT ck_trials_state CHECK (state IN ('reserved', 'running', 'complete', 'pruned', 'failed', 'cancelled', 'suspended')), 
	CONSTRAINT ck_trials_number CHECK (number >= 0), 
	CONSTRAINT fk_trials_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "trials" VALUES('job_01a21462a6897849ba3db620c6951226',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 1, "training.learning_rate": 0.01053524041590806}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4',1000003,'{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.02452600165270269, "accuracy": 0.8263888888888888}','{"min": 0.02452600165270269, "median": 0.025116998585872352, "p90": 0.02601899905130267, "runs": 1871, "reference": 0.199606001842767}',1,1,'2026-11-25 20:25:51.482402','2026-11-25 20:25:54.703355','2026-11-25 20:25:58.386435');
INSERT INTO "trials" VALUES('job_01a21462a6897849ba3db620c6951226',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.002714586589327645}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b',1000004,'{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022423002519644797, "accuracy": 0.3888888888888889}','{"min": 0.022423002519644797, "median": 0.02295399463037029, "p90": 0.023824999516364187, "runs": 1855, "reference": 0.1997660001507029}',1,1,'2026-11-25 20:25:58.386435','2026-11-25 20:25:58.439055','2026-11-25 20:25:58.810535');
INSERT INTO "trials" VALUES('job_01a21462a6897849ba3db620c6951226',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "residual", "stage3.depth": 1, "stage3.width": 24, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 16, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.007352125594573643}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266',1000005,'{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.02803200186463073, "accuracy": 0.7569444444444444}','{"min": 0.02803200186463073, "median": 0.028643000405281782, "p90": 0.02997620467795059, "runs": 1429, "reference": 0.19952600268879905}',1,1,'2026-11-25 20:25:58.810535','2026-11-25 20:25:58.848735','2026-11-25 20:25:59.304456');
INSERT INTO "trials" VALUES('job_01a21462f64b756c8aa01d2b707b7751',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 16, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 2, "training.learning_rate": 0.014221199739697217}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be',0,'{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.024747001589275897, "accuracy": 0.9583333333333334}','{"min": 0.024747001589275897, "median": 0.02531799691496417, "p90": 0.026813200383912772, "runs": 1469, "reference": 0.19884499488398433}',1,1,'2026-11-25 20:26:05.004218','2026-11-25 20:26:08.374693','2026-11-25 20:26:12.197514');
INSERT INTO "trials" VALUES('job_01a21462f64b756c8aa01d2b707b7751',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 32, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "gap", "training.learning_rate": 0.009658179826892165}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824',1,'{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.02132200461346656, "accuracy": 0.625}','{"min": 0.02132200461346656, "median": 0.021802996343467385, "p90": 0.02246400181320496, "runs": 1872, "reference": 0.19918599718948826}',1,1,'2026-11-25 20:26:12.197514','2026-11-25 20:26:12.255219','2026-11-25 20:26:12.779609');
INSERT INTO "trials" VALUES('job_01a21462f64b756c8aa01d2b707b7751',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": true, "stage2.block": "residual", "stage2.depth": 1, "stage2.width": 24, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 1, "head.ranks.width": 2, "training.learning_rate": 0.016319488770709708}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82',2,'{"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.031847004720475525, "accuracy": 0.7986111111111112}','{"min": 0.031847004720475525, "median": 0.032578005630057305, "p90": 0.034040099853882566, "runs": 1280, "reference": 0.1993650002987124}',1,1,'2026-11-25 20:26:12.779609','2026-11-25 20:26:12.828186','2026-11-25 20:26:13.356855');
INSERT INTO "trials" VALUES('job_01a21462f64b756c8aa01d2b707b7751',3,'suspended','interrupted',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.0029550509331092295}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','2d0dcee5403a775875d4f72f9502ab7176bd55da2749ae0418d9d88d3aaba0ec',3,'{"params": 2098.0, "macs": 45440.0, "size_bytes": 8392.0, "latency_ms": 0.02298400067957118}','{"min": 0.02298400067957118, "median": 0.023574997612740844, "p90": 0.024790999304968864, "runs": 1796, "reference": 0.1989049997064285}',1,1,'2026-11-25 20:26:13.356855','2026-11-25 20:26:13.390971',NULL);
CREATE TABLE webhook_cursors (
	webhook_id VARCHAR(40) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	sequence INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at DATETIME, 
	CONSTRAINT pk_webhook_cursors PRIMARY KEY (webhook_id, job_id), 
	CONSTRAINT fk_webhook_cursors_webhook_id FOREIGN KEY(webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE, 
	CONSTRAINT fk_webhook_cursors_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE webhooks (
	id VARCHAR(40) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	url VARCHAR(2000) NOT NULL, 
	secret VARCHAR(100) NOT NULL, 
	events JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	disabled_at DATETIME, 
	detail TEXT, 
	leased_until DATETIME, 
	CONSTRAINT pk_webhooks PRIMARY KEY (id), 
	CONSTRAINT fk_webhooks_team FOREIGN KEY(team) REFERENCES teams (name)
);
CREATE INDEX ix_jobs_state_priority_id ON jobs (state, priority, id);
CREATE INDEX ix_jobs_team_id_id ON jobs (team, id);
CREATE INDEX ix_job_tags_key_value ON job_tags ("key", value);
CREATE INDEX ix_trials_job_id_state_number ON trials (job_id, state, number);
CREATE INDEX ix_trial_reports_checkpoint ON trial_reports (checkpoint);
CREATE INDEX ix_models_checkpoint ON models (checkpoint);
CREATE INDEX ix_points_job_id_trial_number_id ON points (job_id, trial_number, id);
CREATE INDEX ix_jobs_team_state ON jobs (team, state);
CREATE INDEX ix_audit_team_id ON audit (team, id);
CREATE INDEX ix_webhooks_team ON webhooks (team);
CREATE INDEX ix_models_job_id_front_until_front_from ON models (job_id, front_until, front_from);
CREATE INDEX ix_idempotency_keys_job_id ON idempotency_keys (job_id);
CREATE INDEX ix_jobs_started_at ON jobs (started_at);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX ix_jobs_turn ON jobs (state, dataset_key, team, owner, priority, boost, id, cpus, gpus, concurrency);
COMMIT;
