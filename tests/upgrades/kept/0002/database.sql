BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE artifacts (
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY (sha256)
);
INSERT INTO "artifacts" VALUES('b352cf32159d83d4c5be7b1b772356a519bf09111eb251d05a85297d805ece4d',28496,'2026-11-25 20:25:09.494966');
INSERT INTO "artifacts" VALUES('6038cb90ab859b1d2918972dce8c1eff774860bababc550cdd1608162bdb34ee',26920,'2026-11-25 20:25:09.903348');
INSERT INTO "artifacts" VALUES('6c11e110a2fd81c4d394dfa9ec51bb4e7f9a7df46a84a6a48e083a982a5c8588',60008,'2026-11-25 20:25:10.324779');
INSERT INTO "artifacts" VALUES('f35c3699531a6f4af1166e60ac5998a37105cf321d9ef1b52e0a8a7dc37eb887',29128,'2026-11-25 20:25:21.682909');
INSERT INTO "artifacts" VALUES('baa891360df172a11254e2e4cd3a9bbd8bb2af16ea1acd5d6b1e1770a014143a',26480,'2026-11-25 20:25:22.173194');
CREATE TABLE dispatchers (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(200) NOT NULL, 
	nodes JSON NOT NULL, 
	datasets JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_dispatchers PRIMARY KEY (id)
);
INSERT INTO "dispatchers" VALUES('81e92524-51bf-4d9e-9ee4-b541a2c495c0','local:f373296a-70f2-4ca2-a55d-a5939cd2f310','[{"cpus": 2.0, "gpus": 0.0}]','[{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}]','2026-11-25 20:25:21.778234');
CREATE TABLE events (
	job_id VARCHAR(40) NOT NULL, 
	sequence INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	body JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (job_id, sequence), 
	CONSTRAINT fk_events_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:24:53.652583');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:24:57.585496');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:02.569536');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:03.326523');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:05.992954');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5277777777777778, "loss": 1.7007009718153212, "seconds": 0.11552555100206519, "checkpoint": null}','2026-11-25 20:25:09.406358');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8263888888888888, "loss": 0.8494129710727267, "seconds": 0.08885672700125724, "checkpoint": null}','2026-11-25 20:25:09.504302');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',8,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024587003281340003, "accuracy": 0.8263888888888888}}','2026-11-25 20:25:09.504302');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',9,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:09.504302');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',10,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 35090.161960147816, "front_size": 1}','2026-11-25 20:25:09.504302');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',11,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:09.544862');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',12,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.2361111111111111, "loss": 2.259471469455295, "seconds": 0.12697454799490515, "checkpoint": null}','2026-11-25 20:25:09.799958');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.3888888888888889, "loss": 2.181300269232856, "seconds": 0.11615394700493198, "checkpoint": null}','2026-11-25 20:25:09.911320');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',14,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022453998099081218, "accuracy": 0.3888888888888889}}','2026-11-25 20:25:09.911320');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',15,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:09.911320');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',16,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 35303.155713645974, "front_size": 2}','2026-11-25 20:25:09.911320');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',17,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:09.945494');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',18,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.3125, "loss": 1.782803429497613, "seconds": 0.14188478600408416, "checkpoint": null}','2026-11-25 20:25:10.220665');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',19,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.7569444444444444, "loss": 0.9248349931504991, "seconds": 0.11872381399734877, "checkpoint": null}','2026-11-25 20:25:10.343628');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',20,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.02828200376825407, "accuracy": 0.7569444444444444}}','2026-11-25 20:25:10.343628');
INSERT INTO "events" VALUES('job_01a21461f4947953bd34ac70eec01f4f',21,'job.state','{"state": "succeeded", "reason": "budget_spent", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:10.350966');
INSERT INTO "events" VALUES('job_01a2146236237235bde18e4a3163eb8f',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:25:10.435138');
INSERT INTO "events" VALUES('job_01a2146236237235bde18e4a3163eb8f',2,'job.state','{"state": "cancelled", "reason": "cancelled", "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:25:10.465417');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:25:10.541041');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:11.555157');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:14.801692');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:15.468349');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:18.185707');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5902777777777778, "loss": 1.2265045377943251, "seconds": 0.11135072899924126, "checkpoint": null}','2026-11-25 20:25:21.511304');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8888888888888888, "loss": 0.3925865756140815, "seconds": 0.09121414399851346, "checkpoint": null}','2026-11-25 20:25:21.612455');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',8,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 3, "accuracy": 0.9583333333333334, "loss": 0.23855723275078666, "seconds": 0.08834650099743158, "checkpoint": null}','2026-11-25 20:25:21.690391');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',9,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.02473600034136325, "accuracy": 0.9583333333333334}}','2026-11-25 20:25:21.690391');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',10,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:21.690391');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',11,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 40293.10773952335, "front_size": 1}','2026-11-25 20:25:21.690391');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',12,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:21.722862');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.4375, "loss": 2.1041261884901257, "seconds": 0.11205687600158853, "checkpoint": null}','2026-11-25 20:25:21.968337');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',14,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.5694444444444444, "loss": 1.5114669799804688, "seconds": 0.10749045800184831, "checkpoint": null}','2026-11-25 20:25:22.078940');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',15,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 3, "accuracy": 0.625, "loss": 1.31561099158393, "seconds": 0.10813603700080421, "checkpoint": null}','2026-11-25 20:25:22.180011');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',16,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.0215620020753704, "accuracy": 0.625}}','2026-11-25 20:25:22.180011');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',17,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:25:22.180011');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',18,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 41151.204899813114, "front_size": 2}','2026-11-25 20:25:22.180011');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',19,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:25:22.222521');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',20,'trial.state','{"number": 2, "state": "suspended", "reason": "interrupted", "attempt": 1, "values": {}}','2026-11-25 20:25:22.230720');
INSERT INTO "events" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',21,'job.state','{"state": "queued", "reason": "interrupted", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:25:22.234596');
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
INSERT INTO "front_revisions" VALUES('job_01a21461f4947953bd34ac70eec01f4f',1,'2026-11-25 20:25:09.504302',1,3.50901619601478159888e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21461f4947953bd34ac70eec01f4f',2,'2026-11-25 20:25:09.911320',2,3.5303155713645974175e+04,2);
INSERT INTO "front_revisions" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',1,'2026-11-25 20:25:21.690391',1,4.02931077395233514827e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',2,'2026-11-25 20:25:22.180011',2,4.11512048998131140268e+04,2);
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
INSERT INTO "job_tags" VALUES('job_01a21461f4947953bd34ac70eec01f4f','project','upgrades');
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
	hypervolume FLOAT NOT NULL, points_waiting INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_jobs_desired CHECK (desired IN ('run', 'pause', 'cancel')), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'starting', 'running', 'paused', 'succeeded', 'failed', 'cancelled')), 
	CONSTRAINT fk_jobs_team FOREIGN KEY(team) REFERENCES teams (name)
);
INSERT INTO "jobs" VALUES('job_01a21461f4947953bd34ac70eec01f4f','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 1}, "budget": {"trials": 3, "training_epochs": 2, "wall_clock_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "priority": 2, "tags": {"project": "upgrades"}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{"project": "upgrades"}',2,3,NULL,'succeeded','budget_spent',NULL,'run',NULL,'2026-11-25 20:24:53.652583','2026-11-25 20:25:02.569536','2026-11-25 20:25:10.350966',1,'81e92524-51bf-4d9e-9ee4-b541a2c495c0','local:f373296a-70f2-4ca2-a55d-a5939cd2f310','tclsearch-job_01a21461f4947953bd34ac70eec01f4f-e1','vm/11004','3d80b6798644d7a2ef51ed9b347aa68ca4df990a19c0aa893f83d15c0dcf0218',NULL,NULL,7.78143,0,3,3,0,0,21,2,2,3.5303155713645974175e+04,0);
INSERT INTO "jobs" VALUES('job_01a2146236237235bde18e4a3163eb8f','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 0}, "budget": {"trials": 5, "training_epochs": 6, "wall_clock_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,5,NULL,'cancelled','cancelled',NULL,'run',NULL,'2026-11-25 20:25:10.435138',NULL,'2026-11-25 20:25:10.465417',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,0,0,0,0,0,2,0,0,0.0,0);
INSERT INTO "jobs" VALUES('job_01a21462368d70a78a6d5ef472c7c26b','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "random", "seed": 0}, "budget": {"trials": 60, "training_epochs": 3, "wall_clock_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,60,NULL,'queued','interrupted',NULL,'run',NULL,'2026-11-25 20:25:10.541041','2026-11-25 20:25:14.801692',NULL,1,'81e92524-51bf-4d9e-9ee4-b541a2c495c0','local:f373296a-70f2-4ca2-a55d-a5939cd2f310','tclsearch-job_01a21462368d70a78a6d5ef472c7c26b-e1','vm/11171','708b68a117c3cca6e65427ba9c9ef590732a69cb5f2cbffb6d957f61ea3db3fa',NULL,NULL,7.432904,0,3,2,0,0,21,2,2,4.11512048998131140268e+04,0);
CREATE TABLE latencies (
	architecture_digest VARCHAR(64) NOT NULL, 
	profile VARCHAR(200) NOT NULL, 
	latency JSON NOT NULL, 
	measured_at DATETIME NOT NULL, 
	CONSTRAINT pk_latencies PRIMARY KEY (architecture_digest, profile)
);
INSERT INTO "latencies" VALUES('a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','local-cpu/onnxruntime/batch1/threads1','{"min": 0.024587003281340003, "median": 0.025177003408316523, "p90": 0.025928500690497458, "runs": 1886, "reference": 0.19927500397898257}','2026-11-25 20:25:08.143962');
INSERT INTO "latencies" VALUES('4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','local-cpu/onnxruntime/batch1/threads1','{"min": 0.022453998099081218, "median": 0.022974003513809294, "p90": 0.023849602439440787, "runs": 1927, "reference": 0.19939600315410644}','2026-11-25 20:25:09.666727');
INSERT INTO "latencies" VALUES('0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02828200376825407, "median": 0.029042996175121516, "p90": 0.040612996235722704, "runs": 1520, "reference": 0.20016599592054263}','2026-11-25 20:25:10.071087');
INSERT INTO "latencies" VALUES('3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02473600034136325, "median": 0.025306995667051524, "p90": 0.02603900065878406, "runs": 1901, "reference": 0.19885499932570383}','2026-11-25 20:25:20.335157');
INSERT INTO "latencies" VALUES('7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','local-cpu/onnxruntime/batch1/threads1','{"min": 0.0215620020753704, "median": 0.02202299947384745, "p90": 0.022742999135516584, "runs": 1965, "reference": 0.19907599926227704}','2026-11-25 20:25:21.853975');
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
INSERT INTO "models" VALUES('mdl_01a21462328074d4a374f7bf65973ee3','job_01a21461f4947953bd34ac70eec01f4f',0,0,'tcl','[24, 4, 1]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024587003281340003, "accuracy": 0.8263888888888888}','{"min": 0.024587003281340003, "median": 0.025177003408316523, "p90": 0.025928500690497458, "runs": 1886, "reference": 0.19927500397898257}','b352cf32159d83d4c5be7b1b772356a519bf09111eb251d05a85297d805ece4d',28496,1,1,NULL,'2026-11-25 20:25:09.504302');
INSERT INTO "models" VALUES('mdl_01a214623417751ea5cb20055e69613f','job_01a21461f4947953bd34ac70eec01f4f',1,0,'tcl','[4, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022453998099081218, "accuracy": 0.3888888888888889}','{"min": 0.022453998099081218, "median": 0.022974003513809294, "p90": 0.023849602439440787, "runs": 1927, "reference": 0.19939600315410644}','6038cb90ab859b1d2918972dce8c1eff774860bababc550cdd1608162bdb34ee',26920,1,2,NULL,'2026-11-25 20:25:09.911320');
INSERT INTO "models" VALUES('mdl_01a2146235c77a0cb350e297fcc2ef08','job_01a21461f4947953bd34ac70eec01f4f',2,0,'tcl','[16, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.02828200376825407, "accuracy": 0.7569444444444444}','{"min": 0.02828200376825407, "median": 0.029042996175121516, "p90": 0.040612996235722704, "runs": 1520, "reference": 0.20016599592054263}','6c11e110a2fd81c4d394dfa9ec51bb4e7f9a7df46a84a6a48e083a982a5c8588',60008,1,NULL,NULL,'2026-11-25 20:25:10.343628');
INSERT INTO "models" VALUES('mdl_01a21462621a76419713de7a6326e7f1','job_01a21462368d70a78a6d5ef472c7c26b',0,0,'tcl','[24, 4, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.02473600034136325, "accuracy": 0.9583333333333334}','{"min": 0.02473600034136325, "median": 0.025306995667051524, "p90": 0.02603900065878406, "runs": 1901, "reference": 0.19885499932570383}','f35c3699531a6f4af1166e60ac5998a37105cf321d9ef1b52e0a8a7dc37eb887',29128,1,1,NULL,'2026-11-25 20:25:21.690391');
INSERT INTO "models" VALUES('mdl_01a214626404702d90cfee58d8347e91','job_01a21462368d70a78a6d5ef472c7c26b',1,0,'gap',NULL,'{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.0215620020753704, "accuracy": 0.625}','{"min": 0.0215620020753704, "median": 0.02202299947384745, "p90": 0.022742999135516584, "runs": 1965, "reference": 0.19907599926227704}','baa891360df172a11254e2e4cd3a9bbd8bb2af16ea1acd5d6b1e1770a014143a',26480,1,2,NULL,'2026-11-25 20:25:22.180011');
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
CREATE TABLE teams (
	name VARCHAR(100) NOT NULL, 
	quotas JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_teams PRIMARY KEY (name)
);
INSERT INTO "teams" VALUES('default','{}','2026-11-25 20:24:53.462486');
INSERT INTO "teams" VALUES('vision','{}','2026-11-25 20:24:53.541491');
CREATE TABLE tokens (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	revoked_at DATETIME, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_tokens_team FOREIGN KEY(team) REFERENCES teams (name), 
	CONSTRAINT uq_tokens_token_sha256 UNIQUE (token_sha256)
);
INSERT INTO "tokens" VALUES('tok_01a21461f3d677c68096cd7c0d57c856','admin','default','admin','3952bda19e142ba44e3bb64737e54e6658e45ff25a9dd58d99e740df20e83c8f','2026-11-25 20:24:53.462486',NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21461f3d677c6afee152135242273','dispatcher','default','dispatcher','c0124e5dd2ecb9477dd22773603614d77f8f8afaf6be3af5e2be4b241cec4eb9','2026-11-25 20:24:53.462486',NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21461f440791eb6dc33ced1bec328','Ada','default','editor','9e6f73e4b54dde77c7a27b62770b1bc0d3c6b173a740c9d01ffc714b5f5d88ce','2026-11-25 20:24:53.568570',NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21461f45b778dbe462e395f6529a4','Bob','default','editor','fca9d5ac16400eebbcba46d983d0a381cad26266997def6441d114ee5d64a94b','2026-11-25 20:24:53.595472',NULL,'2026-11-25 20:24:53.621117');
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
INSERT INTO "trial_reports" VALUES('job_01a21461f4947953bd34ac70eec01f4f',0,1,1,5.27777777777777790113e-01,1.70070097181532120522e+00,1.15525551002065185457e-01,NULL,'2026-11-25 20:25:09.406358');
INSERT INTO "trial_reports" VALUES('job_01a21461f4947953bd34ac70eec01f4f',0,2,1,8.26388888888888839545e-01,8.4941297107272673017e-01,8.88567270012572407722e-02,NULL,'2026-11-25 20:25:09.504302');
INSERT INTO "trial_reports" VALUES('job_01a21461f4947953bd34ac70eec01f4f',1,1,1,2.36111111111111104943e-01,2.25947146945529508954e+00,1.26974547994905151426e-01,NULL,'2026-11-25 20:25:09.799958');
INSERT INTO "trial_reports" VALUES('job_01a21461f4947953bd34ac70eec01f4f',1,2,1,3.88888888888888895056e-01,2.18130026923285580409e+00,1.16153947004931978881e-01,NULL,'2026-11-25 20:25:09.911320');
INSERT INTO "trial_reports" VALUES('job_01a21461f4947953bd34ac70eec01f4f',2,1,1,0.3125,1.7828034294976129459e+00,1.41884786004084162414e-01,NULL,'2026-11-25 20:25:10.220665');
INSERT INTO "trial_reports" VALUES('job_01a21461f4947953bd34ac70eec01f4f',2,2,1,7.56944444444444419772e-01,9.24834993150499107272e-01,1.18723813997348770499e-01,NULL,'2026-11-25 20:25:10.343628');
INSERT INTO "trial_reports" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',0,1,1,5.90277777777777790113e-01,1.22650453779432511147e+00,1.11350728999241255223e-01,NULL,'2026-11-25 20:25:21.511304');
INSERT INTO "trial_reports" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',0,2,1,8.88888888888888839545e-01,3.92586575614081501051e-01,9.12141439985134638845e-02,NULL,'2026-11-25 20:25:21.612455');
INSERT INTO "trial_reports" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',0,3,1,9.5833333333333337034e-01,2.38557232750786663011e-01,8.83465009974315762519e-02,NULL,'2026-11-25 20:25:21.690391');
INSERT INTO "trial_reports" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',1,1,1,0.4375,2.10412618849012567068e+00,1.12056876001588534563e-01,NULL,'2026-11-25 20:25:21.968337');
INSERT INTO "trial_reports" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',1,2,1,5.69444444444444419772e-01,1.51146697998046875e+00,1.07490458001848310232e-01,NULL,'2026-11-25 20:25:22.078940');
INSERT INTO "trial_reports" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',1,3,1,0.625,1.31561099158393,1.08136037000804208219e-01,NULL,'2026-11-25 20:25:22.180011');
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
INSERT INTO "trials" VALUES('job_01a21461f4947953bd34ac70eec01f4f',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 1, "training.learning_rate": 0.01053524041590806}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4',1000003,'{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024587003281340003, "accuracy": 0.8263888888888888}','{"min": 0.024587003281340003, "median": 0.025177003408316523, "p90": 0.025928500690497458, "runs": 1886, "reference": 0.19927500397898257}',1,1,'2026-11-25 20:25:03.326523','2026-11-25 20:25:05.992954','2026-11-25 20:25:09.504302');
INSERT INTO "trials" VALUES('job_01a21461f4947953bd34ac70eec01f4f',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.002714586589327645}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b',1000004,'{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022453998099081218, "accuracy": 0.3888888888888889}','{"min": 0.022453998099081218, "median": 0.022974003513809294, "p90": 0.023849602439440787, "runs": 1927, "reference": 0.19939600315410644}',1,1,'2026-11-25 20:25:09.504302','2026-11-25 20:25:09.544862','2026-11-25 20:25:09.911320');
INSERT INTO "trials" VALUES('job_01a21461f4947953bd34ac70eec01f4f',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "residual", "stage3.depth": 1, "stage3.width": 24, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 16, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.007352125594573643}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266',1000005,'{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.02828200376825407, "accuracy": 0.7569444444444444}','{"min": 0.02828200376825407, "median": 0.029042996175121516, "p90": 0.040612996235722704, "runs": 1520, "reference": 0.20016599592054263}',1,1,'2026-11-25 20:25:09.911320','2026-11-25 20:25:09.945494','2026-11-25 20:25:10.343628');
INSERT INTO "trials" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 16, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 2, "training.learning_rate": 0.014221199739697217}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be',0,'{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.02473600034136325, "accuracy": 0.9583333333333334}','{"min": 0.02473600034136325, "median": 0.025306995667051524, "p90": 0.02603900065878406, "runs": 1901, "reference": 0.19885499932570383}',1,1,'2026-11-25 20:25:15.468349','2026-11-25 20:25:18.185707','2026-11-25 20:25:21.690391');
INSERT INTO "trials" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 32, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "gap", "training.learning_rate": 0.009658179826892165}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824',1,'{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.0215620020753704, "accuracy": 0.625}','{"min": 0.0215620020753704, "median": 0.02202299947384745, "p90": 0.022742999135516584, "runs": 1965, "reference": 0.19907599926227704}',1,1,'2026-11-25 20:25:21.690391','2026-11-25 20:25:21.722862','2026-11-25 20:25:22.180011');
INSERT INTO "trials" VALUES('job_01a21462368d70a78a6d5ef472c7c26b',2,'suspended','interrupted',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": true, "stage2.block": "residual", "stage2.depth": 1, "stage2.width": 24, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 1, "head.ranks.width": 2, "training.learning_rate": 0.016319488770709708}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82',2,'{}',NULL,NULL,1,'2026-11-25 20:25:22.180011','2026-11-25 20:25:22.222521',NULL);
CREATE INDEX ix_jobs_state_priority_id ON jobs (state, priority, id);
CREATE INDEX ix_jobs_team_id_id ON jobs (team, id);
CREATE INDEX ix_job_tags_key_value ON job_tags ("key", value);
CREATE INDEX ix_trials_job_id_state_number ON trials (job_id, state, number);
CREATE INDEX ix_trial_reports_checkpoint ON trial_reports (checkpoint);
CREATE INDEX ix_models_checkpoint ON models (checkpoint);
CREATE INDEX ix_models_job_id_front_until ON models (job_id, front_until);
CREATE INDEX ix_points_job_id_trial_number_id ON points (job_id, trial_number, id);
COMMIT;
