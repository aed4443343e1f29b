BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0014');
CREATE TABLE artifacts (
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY (sha256)
);
INSERT INTO "artifacts" VALUES('c0c634952880c772fb6c02ff0e490cd4037c69a9c58527599071ea478e753ef6',28520,'2026-11-25 20:27:18.595105');
INSERT INTO "artifacts" VALUES('2c18c67bcdcbefe27b2c9b2bc3e6fd6c8a39f7b610a75cf43e32f14536b05d18',30448,'2026-11-25 20:27:18.616025');
INSERT INTO "artifacts" VALUES('80abe1d340fbfd0b0c61383ad9e2a56d91d00cd1a84e3ce1fb2edbf166ba7f81',26944,'2026-11-25 20:27:19.019719');
INSERT INTO "artifacts" VALUES('79b887a1680c401cea056abb0ae65ed637e33f2448fd4c7ecb528d5f14edc547',28582,'2026-11-25 20:27:19.035999');
INSERT INTO "artifacts" VALUES('72ffa31d7609ac9ca3e38a2188d4151641f108759d297d276b7552ce9630387e',60024,'2026-11-25 20:27:19.485247');
INSERT INTO "artifacts" VALUES('999119464970abcaa2b7435cc491f0914ec6649ff3e40ec1c5208b27aa9af57f',61061,'2026-11-25 20:27:19.503656');
INSERT INTO "artifacts" VALUES('e62c535ed49cceac5a1f9c3d5700a1fcfdf686380e90157a8ed8a754a17d7eca',29144,'2026-11-25 20:27:30.796079');
INSERT INTO "artifacts" VALUES('40b95fed07aa690a9d62e580f70c06596a53ab02f6a3d71c17dda872f2d13f35',30830,'2026-11-25 20:27:30.830621');
INSERT INTO "artifacts" VALUES('bddbada8effbc79dc7a749fd303fc540cd53fea78b8c1ac199e8deb644d85621',26504,'2026-11-25 20:27:31.404214');
INSERT INTO "artifacts" VALUES('308953ffc6232af831c9f596fe0a648b4f09d3144b7c1ae244a9034e8e15e7bb',28640,'2026-11-25 20:27:31.422453');
INSERT INTO "artifacts" VALUES('0ef7a0216c59c32cb797cd1abd5a6c32df97ac69ab0643f0f99813a97cbddb1b',145220,'2026-11-25 20:27:31.751583');
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
INSERT INTO "audit" VALUES('aud_01a21463ddeb79899e66f54dc458eba8','2026-11-25 20:26:58.923596','vision','admin','tok_01a21463dce977029499cbdc0cb9e950','team.create','vision','{}','req_f3723d40fdd8b0a7db4091e3');
INSERT INTO "audit" VALUES('aud_01a21463de25740cbcde36d34b98d555','2026-11-25 20:26:58.981253','default','admin','tok_01a21463dce977029499cbdc0cb9e950','token.create','tok_01a21463de25740c952f24122dbcbd7d','{"name": "Ada", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_58fa37468b4628ed08ca94b0');
INSERT INTO "audit" VALUES('aud_01a21463de607d9d8c9d1aee9f82c00f','2026-11-25 20:26:59.040851','default','admin','tok_01a21463dce977029499cbdc0cb9e950','token.create','tok_01a21463de607d9da1e2f9dc631b6706','{"name": "Bob", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_393d01b0ff91d8d845224539');
INSERT INTO "audit" VALUES('aud_01a21463de8d722d99c39fad4bdeacb0','2026-11-25 20:26:59.085136','default','admin','tok_01a21463dce977029499cbdc0cb9e950','token.revoke','tok_01a21463de607d9da1e2f9dc631b6706','{"name": "Bob", "role": "editor"}','req_4ff0fd5da0b507828a3ba05b');
INSERT INTO "audit" VALUES('aud_01a21463dec2730e944df84549467fcb','2026-11-25 20:26:59.138191','default','admin','tok_01a21463dce977029499cbdc0cb9e950','job.post','job_01a21463dec2730e97172907c4ee0b6c','{"name": "a job", "priority": 2, "trials": 3}','req_481071a841cb7adef0957443');
INSERT INTO "audit" VALUES('aud_01a214642f4f72e5a427fe8d0db340bf','2026-11-25 20:27:19.759181','default','admin','tok_01a21463dce977029499cbdc0cb9e950','job.post','job_01a214642f4f72e59b6d4c0c549cfa54','{"name": "a job", "priority": 0, "trials": 5}','req_298b132974d260e5cd4b17bb');
INSERT INTO "audit" VALUES('aud_01a214642fbd711aa3aed9b70b92fbbb','2026-11-25 20:27:19.869069','default','admin','tok_01a21463dce977029499cbdc0cb9e950','job.cancel','job_01a214642f4f72e59b6d4c0c549cfa54','{"name": "a job"}','req_aea56c04ba6402e4fbbe0f52');
INSERT INTO "audit" VALUES('aud_01a21464303470ddb0ba09a31d2c173b','2026-11-25 20:27:19.988054','default','admin','tok_01a21463dce977029499cbdc0cb9e950','job.post','job_01a21464303470ddbd23069aa2abfb65','{"name": "a job", "priority": 0, "trials": 60}','req_ec3b37d2e6f12bff0769e560');
CREATE TABLE copies (
	id VARCHAR(40) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	rescue_from DATETIME NOT NULL, 
	CONSTRAINT pk_copies PRIMARY KEY (id)
);
CREATE TABLE devices (
	team VARCHAR(100) NOT NULL, 
	profile VARCHAR(64) NOT NULL, 
	system JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_devices PRIMARY KEY (team, profile), 
	CONSTRAINT fk_devices_team FOREIGN KEY(team) REFERENCES teams (name)
);
CREATE TABLE dispatchers (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(200) NOT NULL, 
	nodes JSON NOT NULL, 
	datasets JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_dispatchers PRIMARY KEY (id)
);
INSERT INTO "dispatchers" VALUES('17016384-cee4-43d3-aaab-c93acb23c77e','local:015fcb51-991a-49c1-891f-6730d7fe4be8','[{"cpus": 2.0, "gpus": 0.0}]','[{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}]','2026-11-25 20:27:30.915866');
CREATE TABLE events (
	job_id VARCHAR(40) NOT NULL, 
	sequence INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	body JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (job_id, sequence), 
	CONSTRAINT fk_events_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:26:59.138191');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:06.518757');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:10.487434');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:11.307263');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:14.906063');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5277777777777778, "loss": 1.7012917200724285, "seconds": 0.12892690699663945, "checkpoint": null}','2026-11-25 20:27:18.498330');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8263888888888888, "loss": 0.8480900658501519, "seconds": 0.10679595400142716, "checkpoint": null}','2026-11-25 20:27:18.628554');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',8,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024697001208551228, "accuracy": 0.8263888888888888}}','2026-11-25 20:27:18.628554');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',9,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:18.628554');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',10,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 35087.22231061169, "front_size": 1}','2026-11-25 20:27:18.628554');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',11,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:18.766437');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',12,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.24305555555555555, "loss": 2.2593852149115667, "seconds": 0.11494410900195362, "checkpoint": null}','2026-11-25 20:27:18.949034');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.3888888888888889, "loss": 2.181194305419922, "seconds": 0.10473943400575081, "checkpoint": null}','2026-11-25 20:27:19.045493');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',14,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.02260300243506208, "accuracy": 0.3888888888888889}}','2026-11-25 20:27:19.045493');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',15,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:19.045493');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',16,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 35299.70441628649, "front_size": 2}','2026-11-25 20:27:19.045493');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',17,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:19.088549');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',18,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.3125, "loss": 1.7828057607014973, "seconds": 0.12493260299379472, "checkpoint": null}','2026-11-25 20:27:19.365528');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',19,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.7569444444444444, "loss": 0.9247404734293619, "seconds": 0.1365672390020336, "checkpoint": null}','2026-11-25 20:27:19.531258');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',20,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.028392001695465297, "accuracy": 0.7569444444444444}}','2026-11-25 20:27:19.531258');
INSERT INTO "events" VALUES('job_01a21463dec2730e97172907c4ee0b6c',21,'job.state','{"state": "succeeded", "reason": "budget_spent", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:19.552383');
INSERT INTO "events" VALUES('job_01a214642f4f72e59b6d4c0c549cfa54',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:27:19.759181');
INSERT INTO "events" VALUES('job_01a214642f4f72e59b6d4c0c549cfa54',2,'job.state','{"state": "cancelled", "reason": "cancelled", "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:27:19.869069');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:27:19.988054');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:20.526014');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:23.042146');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:23.714740');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',5,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:23.729192');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',6,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:27.052245');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5902777777777778, "loss": 1.227053748236762, "seconds": 0.13014179899619194, "checkpoint": null}','2026-11-25 20:27:30.593350');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',8,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8888888888888888, "loss": 0.3891037040286594, "seconds": 0.10633557100663893, "checkpoint": null}','2026-11-25 20:27:30.699478');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',9,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 3, "accuracy": 0.9652777777777778, "loss": 0.23919381035698783, "seconds": 0.10229591900133528, "checkpoint": null}','2026-11-25 20:27:30.846634');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',10,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.025246998120564967, "accuracy": 0.9652777777777778}}','2026-11-25 20:27:30.846634');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',11,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:30.846634');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',12,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 40569.29029611985, "front_size": 1}','2026-11-25 20:27:30.846634');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',13,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:30.881135');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',14,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.4375, "loss": 2.1041261884901257, "seconds": 0.14229427299869712, "checkpoint": null}','2026-11-25 20:27:31.165427');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',15,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.5694444444444444, "loss": 1.5114669799804688, "seconds": 0.13955584100040141, "checkpoint": null}','2026-11-25 20:27:31.313324');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',16,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 3, "accuracy": 0.625, "loss": 1.31561099158393, "seconds": 0.10730659100227058, "checkpoint": null}','2026-11-25 20:27:31.437263');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',17,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.021922998712398112, "accuracy": 0.625}}','2026-11-25 20:27:31.437263');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',18,'trial.state','{"number": 3, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:31.437263');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',19,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 41430.171871301325, "front_size": 2}','2026-11-25 20:27:31.437263');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',20,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:31.468041');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',21,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.24305555555555555, "loss": 2.5261141459147134, "seconds": 0.1566411409949069, "checkpoint": "0ef7a0216c59c32cb797cd1abd5a6c32df97ac69ab0643f0f99813a97cbddb1b"}','2026-11-25 20:27:31.840657');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',22,'trial.state','{"number": 2, "state": "suspended", "reason": "interrupted", "attempt": 1, "values": {"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.03243899845983833, "accuracy": 0.24305555555555555}}','2026-11-25 20:27:31.840657');
INSERT INTO "events" VALUES('job_01a21464303470ddbd23069aa2abfb65',23,'job.state','{"state": "queued", "reason": "interrupted", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:31.898315');
CREATE TABLE exports (
	model_id VARCHAR(40) NOT NULL, 
	form VARCHAR(16) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	accuracy FLOAT, 
	latency JSON, 
	CONSTRAINT pk_exports PRIMARY KEY (model_id, form), 
	CONSTRAINT fk_exports_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE
);
INSERT INTO "exports" VALUES('mdl_01a214642ae478ddb354eee6c34b82d3','onnx','2c18c67bcdcbefe27b2c9b2bc3e6fd6c8a39f7b610a75cf43e32f14536b05d18',30448,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a214642c8577e39c7274ac6cf35ba0','onnx','79b887a1680c401cea056abb0ae65ed637e33f2448fd4c7ecb528d5f14edc547',28582,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a214642e6b74209ca9392250e6a11b','onnx','999119464970abcaa2b7435cc491f0914ec6649ff3e40ec1c5208b27aa9af57f',61061,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a214645a9e7a2494e5e7c63dc53757','onnx','40b95fed07aa690a9d62e580f70c06596a53ab02f6a3d71c17dda872f2d13f35',30830,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a214645ced7435af27f351b6fec3aa','onnx','308953ffc6232af831c9f596fe0a648b4f09d3144b7c1ae244a9034e8e15e7bb',28640,NULL,NULL);
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
INSERT INTO "front_revisions" VALUES('job_01a21463dec2730e97172907c4ee0b6c',1,'2026-11-25 20:27:18.628554',1,3.50872223106116871353e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21463dec2730e97172907c4ee0b6c',2,'2026-11-25 20:27:19.045493',2,3.52997044162864913232e+04,2);
INSERT INTO "front_revisions" VALUES('job_01a21464303470ddbd23069aa2abfb65',1,'2026-11-25 20:27:30.846634',1,4.05692902961198487892e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21464303470ddbd23069aa2abfb65',2,'2026-11-25 20:27:31.437263',2,4.14301718713013251548e+04,2);
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
INSERT INTO "job_tags" VALUES('job_01a21463dec2730e97172907c4ee0b6c','project','upgrades');
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
	hypervolume FLOAT NOT NULL, points_waiting INTEGER DEFAULT 0 NOT NULL, slots INTEGER DEFAULT 0 NOT NULL, boost INTEGER DEFAULT 0 NOT NULL, waiting_since DATETIME, stored_bytes BIGINT DEFAULT 0 NOT NULL, dataset_key VARCHAR(100) DEFAULT '' NOT NULL, cpus FLOAT DEFAULT 1 NOT NULL, gpus FLOAT DEFAULT 0 NOT NULL, concurrency INTEGER DEFAULT 1 NOT NULL, extras_total INTEGER DEFAULT 0 NOT NULL, extras_finished INTEGER DEFAULT 0 NOT NULL, extras_left INTEGER DEFAULT 0 NOT NULL, observations INTEGER DEFAULT 0 NOT NULL, observations_dropped INTEGER DEFAULT 0 NOT NULL, trials_rejected INTEGER DEFAULT 0 NOT NULL, device VARCHAR(64), traceparent VARCHAR(55), 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_jobs_desired CHECK (desired IN ('run', 'pause', 'cancel')), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'starting', 'running', 'paused', 'succeeded', 'failed', 'cancelled')), 
	CONSTRAINT fk_jobs_team FOREIGN KEY(team) REFERENCES teams (name)
);
INSERT INTO "jobs" VALUES('job_01a21463dec2730e97172907c4ee0b6c','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "image_size": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 1, "duplicates": "resample"}, "budget": {"trials": 3, "training_epochs": 2, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1, "precision": "fp32"}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "compress": null, "priority": 2, "tags": {"project": "upgrades"}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{"project": "upgrades"}',2,3,NULL,'succeeded','budget_spent',NULL,'run',NULL,'2026-11-25 20:26:59.138191','2026-11-25 20:27:10.487434','2026-11-25 20:27:19.552383',1,'17016384-cee4-43d3-aaab-c93acb23c77e','local:015fcb51-991a-49c1-891f-6730d7fe4be8','tclsearch-job_01a21463dec2730e97172907c4ee0b6c-e1','vm/13732','6cf12a7da3b639bd662f51f9f3aa83a661caa2cfad18da2c4e6769e5977c5988',NULL,NULL,9.064949,0,3,3,0,0,21,2,2,3.52997044162864913232e+04,0,0,0,NULL,235579,'digits',1.0,0.0,1,0,0,0,0,0,0,NULL,NULL);
INSERT INTO "jobs" VALUES('job_01a214642f4f72e59b6d4c0c549cfa54','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "image_size": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 0, "duplicates": "resample"}, "budget": {"trials": 5, "training_epochs": 6, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1, "precision": "fp32"}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "compress": null, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,5,NULL,'cancelled','cancelled',NULL,'run',NULL,'2026-11-25 20:27:19.759181',NULL,'2026-11-25 20:27:19.869069',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,0,0,0,0,0,2,0,0,0.0,0,0,0,NULL,0,'digits',1.0,0.0,1,0,0,0,0,0,0,NULL,NULL);
INSERT INTO "jobs" VALUES('job_01a21464303470ddbd23069aa2abfb65','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "image_size": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "random", "seed": 0, "duplicates": "resample"}, "budget": {"trials": 60, "training_epochs": 3, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1, "precision": "fp32"}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "compress": null, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,60,NULL,'queued','interrupted',NULL,'run',NULL,'2026-11-25 20:27:19.988054','2026-11-25 20:27:23.042146',NULL,1,'17016384-cee4-43d3-aaab-c93acb23c77e','local:015fcb51-991a-49c1-891f-6730d7fe4be8','tclsearch-job_01a21464303470ddbd23069aa2abfb65-e1','vm/13904','69112e6f55c3304830430285651944228dc4cad8931c1c3629a2b3e3d3dbfb83',NULL,NULL,8.856169,0,4,2,0,0,23,2,2,4.14301718713013251548e+04,0,0,0,'2026-11-25 20:27:31.898315',115118,'digits',1.0,0.0,1,0,0,0,0,0,0,NULL,NULL);
CREATE TABLE latencies (
	architecture_digest VARCHAR(64) NOT NULL, 
	profile VARCHAR(200) NOT NULL, 
	latency JSON NOT NULL, 
	measured_at DATETIME NOT NULL, 
	CONSTRAINT pk_latencies PRIMARY KEY (architecture_digest, profile)
);
INSERT INTO "latencies" VALUES('a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','local-cpu/onnxruntime/batch1/threads1','{"min": 0.024697001208551228, "median": 0.02524799492675811, "p90": 0.026028896536445245, "runs": 1852, "reference": 0.2008279989240691}','2026-11-25 20:27:17.076857');
INSERT INTO "latencies" VALUES('4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02260300243506208, "median": 0.02308499824721366, "p90": 0.02380780060775578, "runs": 1829, "reference": 0.20118900283705443}','2026-11-25 20:27:18.807404');
INSERT INTO "latencies" VALUES('0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','local-cpu/onnxruntime/batch1/threads1','{"min": 0.028392001695465297, "median": 0.029333998099900782, "p90": 0.030836302903480828, "runs": 1154, "reference": 0.20150899945292622}','2026-11-25 20:27:19.238360');
INSERT INTO "latencies" VALUES('3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','local-cpu/onnxruntime/batch1/threads1','{"min": 0.025246998120564967, "median": 0.025938999897334725, "p90": 0.026693001564126462, "runs": 1798, "reference": 0.19915500161005184}','2026-11-25 20:27:29.211348');
INSERT INTO "latencies" VALUES('7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','local-cpu/onnxruntime/batch1/threads1','{"min": 0.021922998712398112, "median": 0.022513497242471203, "p90": 0.02331700306967832, "runs": 1668, "reference": 0.19931599672418088}','2026-11-25 20:27:31.016443');
INSERT INTO "latencies" VALUES('9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82','local-cpu/onnxruntime/batch1/threads1','{"min": 0.03243899845983833, "median": 0.03350999759277329, "p90": 0.0347419991157949, "runs": 1371, "reference": 0.1998470033868216}','2026-11-25 20:27:31.597506');
CREATE TABLE measurements (
	id VARCHAR(40) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	profile VARCHAR(64) NOT NULL, 
	batch_size INTEGER NOT NULL, 
	threads INTEGER NOT NULL, 
	precision VARCHAR(8) NOT NULL, 
	subject VARCHAR(64) NOT NULL, 
	model VARCHAR(64) NOT NULL, 
	reference VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	agent VARCHAR(64), 
	leased_until DATETIME, 
	asked_at DATETIME NOT NULL, 
	detail TEXT, 
	CONSTRAINT pk_measurements PRIMARY KEY (id), 
	CONSTRAINT fk_measurements_team FOREIGN KEY(team) REFERENCES teams (name), 
	CONSTRAINT asked_for UNIQUE (team, profile, batch_size, threads, precision, subject), 
	CONSTRAINT ck_measurements_state CHECK (state IN ('waiting', 'leased', 'failed'))
);
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
INSERT INTO "models" VALUES('mdl_01a214642ae478ddb354eee6c34b82d3','job_01a21463dec2730e97172907c4ee0b6c',0,0,'tcl','[24, 4, 1]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024697001208551228, "accuracy": 0.8263888888888888}','{"min": 0.024697001208551228, "median": 0.02524799492675811, "p90": 0.026028896536445245, "runs": 1852, "reference": 0.2008279989240691}','c0c634952880c772fb6c02ff0e490cd4037c69a9c58527599071ea478e753ef6',28520,1,1,NULL,'2026-11-25 20:27:18.628554');
INSERT INTO "models" VALUES('mdl_01a214642c8577e39c7274ac6cf35ba0','job_01a21463dec2730e97172907c4ee0b6c',1,0,'tcl','[4, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.02260300243506208, "accuracy": 0.3888888888888889}','{"min": 0.02260300243506208, "median": 0.02308499824721366, "p90": 0.02380780060775578, "runs": 1829, "reference": 0.20118900283705443}','80abe1d340fbfd0b0c61383ad9e2a56d91d00cd1a84e3ce1fb2edbf166ba7f81',26944,1,2,NULL,'2026-11-25 20:27:19.045493');
INSERT INTO "models" VALUES('mdl_01a214642e6b74209ca9392250e6a11b','job_01a21463dec2730e97172907c4ee0b6c',2,0,'tcl','[16, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.028392001695465297, "accuracy": 0.7569444444444444}','{"min": 0.028392001695465297, "median": 0.029333998099900782, "p90": 0.030836302903480828, "runs": 1154, "reference": 0.20150899945292622}','72ffa31d7609ac9ca3e38a2188d4151641f108759d297d276b7552ce9630387e',60024,1,NULL,NULL,'2026-11-25 20:27:19.531258');
INSERT INTO "models" VALUES('mdl_01a214645a9e7a2494e5e7c63dc53757','job_01a21464303470ddbd23069aa2abfb65',0,0,'tcl','[24, 4, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.025246998120564967, "accuracy": 0.9652777777777778}','{"min": 0.025246998120564967, "median": 0.025938999897334725, "p90": 0.026693001564126462, "runs": 1798, "reference": 0.19915500161005184}','e62c535ed49cceac5a1f9c3d5700a1fcfdf686380e90157a8ed8a754a17d7eca',29144,1,1,NULL,'2026-11-25 20:27:30.846634');
INSERT INTO "models" VALUES('mdl_01a214645ced7435af27f351b6fec3aa','job_01a21464303470ddbd23069aa2abfb65',1,0,'gap',NULL,'{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.021922998712398112, "accuracy": 0.625}','{"min": 0.021922998712398112, "median": 0.022513497242471203, "p90": 0.02331700306967832, "runs": 1668, "reference": 0.19931599672418088}','bddbada8effbc79dc7a749fd303fc540cd53fea78b8c1ac199e8deb644d85621',26504,1,2,NULL,'2026-11-25 20:27:31.437263');
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
INSERT INTO "sqlite_stat1" VALUES('audit','ix_audit_object_id','8 2 1');
INSERT INTO "sqlite_stat1" VALUES('audit','ix_audit_actor_id','8 8 1');
INSERT INTO "sqlite_stat1" VALUES('audit','ix_audit_action_id','8 2 1');
INSERT INTO "sqlite_stat1" VALUES('audit','ix_audit_team_id','8 4 1');
INSERT INTO "sqlite_stat1" VALUES('audit','sqlite_autoindex_audit_1','8 1');
INSERT INTO "sqlite_stat1" VALUES('latencies','sqlite_autoindex_latencies_1','3 1 1');
INSERT INTO "sqlite_stat1" VALUES('artifacts','sqlite_autoindex_artifacts_1','6 1');
INSERT INTO "sqlite_stat1" VALUES('dispatchers','sqlite_autoindex_dispatchers_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('front_revisions','sqlite_autoindex_front_revisions_1','2 2 1');
INSERT INTO "sqlite_stat1" VALUES('trial_reports','ix_trial_reports_checkpoint','6 6');
INSERT INTO "sqlite_stat1" VALUES('trial_reports','sqlite_autoindex_trial_reports_1','6 6 2 1 1');
INSERT INTO "sqlite_stat1" VALUES('models','ix_models_job_id_front_until_front_from','3 3 3 1');
INSERT INTO "sqlite_stat1" VALUES('models','ix_models_checkpoint','3 1');
INSERT INTO "sqlite_stat1" VALUES('models','sqlite_autoindex_models_2','3 3 1 1');
INSERT INTO "sqlite_stat1" VALUES('models','sqlite_autoindex_models_1','3 1');
INSERT INTO "sqlite_stat1" VALUES('events','sqlite_autoindex_events_1','29 10 1');
INSERT INTO "sqlite_stat1" VALUES('job_tags','ix_job_tags_key_value','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('job_tags','sqlite_autoindex_job_tags_1','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('exports','ix_exports_sha256','3 1');
INSERT INTO "sqlite_stat1" VALUES('exports','sqlite_autoindex_exports_1','3 1 1');
INSERT INTO "sqlite_stat1" VALUES('trials','ix_trials_extra','0 0 0 0');
INSERT INTO "sqlite_stat1" VALUES('trials','ix_trials_job_id_state_number','5 3 2 1');
INSERT INTO "sqlite_stat1" VALUES('trials','sqlite_autoindex_trials_1','5 3 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_turn','3 1 1 1 1 1 1 1 1 1 1 1');
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
INSERT INTO "teams" VALUES('default','{}','2026-11-25 20:26:58.665438',NULL);
INSERT INTO "teams" VALUES('vision','{}','2026-11-25 20:26:58.923596',NULL);
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
INSERT INTO "tokens" VALUES('tok_01a21463dce977029499cbdc0cb9e950','admin','default','admin','43d2e453b7eadaae26e2d8cb22900edb9f9db0e24ef095edbfeb2c15e88c75e6','2026-11-25 20:26:58.665438',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21463dce97702a11d79161455825f','dispatcher','default','dispatcher','cf5c32d6283344b7723ea2b6028adb0ef7535f2568162e1eb2faf11b9be4b206','2026-11-25 20:26:58.665438',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21463de25740c952f24122dbcbd7d','Ada','default','editor','7396e880b2dd5d11ac243c2eeefbf6d47e2a56b659580bce503c387cc95db7f1','2026-11-25 20:26:58.981253',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21463de607d9da1e2f9dc631b6706','Bob','default','editor','835eb35a63004d0b13977e6f227b8715dcbbb2a6a76ecdc8be432eac8cd0f4c5','2026-11-25 20:26:59.040851',NULL,'2026-11-25 20:26:59.085136',NULL,NULL);
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
INSERT INTO "trial_reports" VALUES('job_01a21463dec2730e97172907c4ee0b6c',0,1,1,5.27777777777777790113e-01,1.70129172007242845943e+00,1.28926906996639445424e-01,NULL,'2026-11-25 20:27:18.498330');
INSERT INTO "trial_reports" VALUES('job_01a21463dec2730e97172907c4ee0b6c',0,2,1,8.26388888888888839545e-01,8.48090065850151897386e-01,1.06795954001427162438e-01,NULL,'2026-11-25 20:27:18.628554');
INSERT INTO "trial_reports" VALUES('job_01a21463dec2730e97172907c4ee0b6c',1,1,1,2.43055555555555552471e-01,2.25938521491156674159e+00,1.14944109001953620463e-01,NULL,'2026-11-25 20:27:18.949034');
INSERT INTO "trial_reports" VALUES('job_01a21463dec2730e97172907c4ee0b6c',1,2,1,3.88888888888888895056e-01,2.181194305419921875e+00,1.04739434005750808864e-01,NULL,'2026-11-25 20:27:19.045493');
INSERT INTO "trial_reports" VALUES('job_01a21463dec2730e97172907c4ee0b6c',2,1,1,0.3125,1.78280576070149732181e+00,1.24932602993794716894e-01,NULL,'2026-11-25 20:27:19.365528');
INSERT INTO "trial_reports" VALUES('job_01a21463dec2730e97172907c4ee0b6c',2,2,1,7.56944444444444419772e-01,9.24740473429361942159e-01,1.36567239002033602446e-01,NULL,'2026-11-25 20:27:19.531258');
INSERT INTO "trial_reports" VALUES('job_01a21464303470ddbd23069aa2abfb65',0,1,1,5.90277777777777790113e-01,1.22705374823676205409e+00,1.30141798996191937476e-01,NULL,'2026-11-25 20:27:30.593350');
INSERT INTO "trial_reports" VALUES('job_01a21464303470ddbd23069aa2abfb65',0,2,1,8.88888888888888839545e-01,3.89103704028659402869e-01,1.06335571006638929247e-01,NULL,'2026-11-25 20:27:30.699478');
INSERT INTO "trial_reports" VALUES('job_01a21464303470ddbd23069aa2abfb65',0,3,1,9.65277777777777790113e-01,2.39193810356987834886e-01,1.02295919001335278153e-01,NULL,'2026-11-25 20:27:30.846634');
INSERT INTO "trial_reports" VALUES('job_01a21464303470ddbd23069aa2abfb65',1,1,1,0.4375,2.10412618849012567068e+00,1.42294272998697124421e-01,NULL,'2026-11-25 20:27:31.165427');
INSERT INTO "trial_reports" VALUES('job_01a21464303470ddbd23069aa2abfb65',1,2,1,5.69444444444444419772e-01,1.51146697998046875e+00,1.3955584100040141493e-01,NULL,'2026-11-25 20:27:31.313324');
INSERT INTO "trial_reports" VALUES('job_01a21464303470ddbd23069aa2abfb65',1,3,1,0.625,1.31561099158393,1.07306591002270579338e-01,NULL,'2026-11-25 20:27:31.437263');
INSERT INTO "trial_reports" VALUES('job_01a21464303470ddbd23069aa2abfb65',2,1,1,2.43055555555555552471e-01,2.52611414591471339363e+00,1.56641140994906891137e-01,'0ef7a0216c59c32cb797cd1abd5a6c32df97ac69ab0643f0f99813a97cbddb1b','2026-11-25 20:27:31.840657');
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
	finished_at DATETIME, purpose VARCHAR(16) DEFAULT 'search' NOT NULL, subject VARCHAR(40), copy_of INTEGER, 
	CONSTRAINT pk_trials PRIMARY KEY (job_id, number), 
	CONSTRAINT ck_trials_state CHECK (state IN ('reserved', 'running', 'complete', 'pruned', 'failed', 'cancelled', 'suspended')), 
	CONSTRAINT ck_trials_number CHECK (number >= 0), 
	CONSTRAINT fk_trials_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "trials" VALUES('job_01a21463dec2730e97172907c4ee0b6c',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 1, "training.learning_rate": 0.01053524041590806}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4',1000003,'{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024697001208551228, "accuracy": 0.8263888888888888}','{"min": 0.024697001208551228, "median": 0.02524799492675811, "p90": 0.026028896536445245, "runs": 1852, "reference": 0.2008279989240691}',1,1,'2026-11-25 20:27:11.307263','2026-11-25 20:27:14.906063','2026-11-25 20:27:18.628554','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21463dec2730e97172907c4ee0b6c',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.002714586589327645}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b',1000004,'{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.02260300243506208, "accuracy": 0.3888888888888889}','{"min": 0.02260300243506208, "median": 0.02308499824721366, "p90": 0.02380780060775578, "runs": 1829, "reference": 0.20118900283705443}',1,1,'2026-11-25 20:27:18.628554','2026-11-25 20:27:18.766437','2026-11-25 20:27:19.045493','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21463dec2730e97172907c4ee0b6c',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "residual", "stage3.depth": 1, "stage3.width": 24, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 16, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.007352125594573643}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266',1000005,'{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.028392001695465297, "accuracy": 0.7569444444444444}','{"min": 0.028392001695465297, "median": 0.029333998099900782, "p90": 0.030836302903480828, "runs": 1154, "reference": 0.20150899945292622}',1,1,'2026-11-25 20:27:19.045493','2026-11-25 20:27:19.088549','2026-11-25 20:27:19.531258','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464303470ddbd23069aa2abfb65',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 16, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 2, "training.learning_rate": 0.014221199739697217}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be',0,'{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.025246998120564967, "accuracy": 0.9652777777777778}','{"min": 0.025246998120564967, "median": 0.025938999897334725, "p90": 0.026693001564126462, "runs": 1798, "reference": 0.19915500161005184}',1,1,'2026-11-25 20:27:23.714740','2026-11-25 20:27:27.052245','2026-11-25 20:27:30.846634','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464303470ddbd23069aa2abfb65',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 32, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "gap", "training.learning_rate": 0.009658179826892165}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824',1,'{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.021922998712398112, "accuracy": 0.625}','{"min": 0.021922998712398112, "median": 0.022513497242471203, "p90": 0.02331700306967832, "runs": 1668, "reference": 0.19931599672418088}',1,1,'2026-11-25 20:27:23.729192','2026-11-25 20:27:30.881135','2026-11-25 20:27:31.437263','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464303470ddbd23069aa2abfb65',2,'suspended','interrupted',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": true, "stage2.block": "residual", "stage2.depth": 1, "stage2.width": 24, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 1, "head.ranks.width": 2, "training.learning_rate": 0.016319488770709708}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82',2,'{"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.03243899845983833, "accuracy": 0.24305555555555555}','{"min": 0.03243899845983833, "median": 0.03350999759277329, "p90": 0.0347419991157949, "runs": 1371, "reference": 0.1998470033868216}',1,1,'2026-11-25 20:27:30.846634','2026-11-25 20:27:31.468041',NULL,'search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464303470ddbd23069aa2abfb65',3,'reserved',NULL,NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.0029550509331092295}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','2d0dcee5403a775875d4f72f9502ab7176bd55da2749ae0418d9d88d3aaba0ec',3,'{}',NULL,NULL,0,'2026-11-25 20:27:31.437263',NULL,NULL,'search',NULL,NULL);
CREATE TABLE warm_starts (
	job_id VARCHAR(40) NOT NULL, 
	observations JSON NOT NULL, 
	CONSTRAINT pk_warm_starts PRIMARY KEY (job_id), 
	CONSTRAINT fk_warm_starts_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
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
CREATE INDEX ix_trials_extra ON trials (job_id, purpose, number) WHERE subject IS NOT NULL;
CREATE INDEX ix_exports_sha256 ON exports (sha256);
CREATE INDEX ix_jobs_turn ON jobs (state, dataset_key, team, owner, priority, boost, id, cpus, gpus, concurrency, device);
CREATE INDEX ix_audit_action_id ON audit (action, id);
CREATE INDEX ix_audit_actor_id ON audit (actor, id);
CREATE INDEX ix_audit_object_id ON audit (object, id);
CREATE INDEX ix_measurements_model ON measurements (model);
CREATE INDEX ix_measurements_reference ON measurements (reference);
COMMIT;
