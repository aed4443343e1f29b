BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0016');
CREATE TABLE artifacts (
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, state VARCHAR(16) DEFAULT 'stored' NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY (sha256)
);
INSERT INTO "artifacts" VALUES('a5e11a9b3f2c5d6a1fe0aa9aadb06803a67c6f88e352543be755b4d818f79814',28520,'2026-11-25 20:27:54.735295','stored');
INSERT INTO "artifacts" VALUES('2c18c67bcdcbefe27b2c9b2bc3e6fd6c8a39f7b610a75cf43e32f14536b05d18',30448,'2026-11-25 20:27:54.758001','stored');
INSERT INTO "artifacts" VALUES('b3a8fc3b970a9137075ff11a41753b6e55a87b28d63508008dd5dc61fbd2a015',26944,'2026-11-25 20:27:55.155771','stored');
INSERT INTO "artifacts" VALUES('79b887a1680c401cea056abb0ae65ed637e33f2448fd4c7ecb528d5f14edc547',28582,'2026-11-25 20:27:55.174875','stored');
INSERT INTO "artifacts" VALUES('c2fe64e609e9e7e86543dc3b6ce70a3f4d821b4467a11d49f00d67026327be65',60024,'2026-11-25 20:27:55.678889','stored');
INSERT INTO "artifacts" VALUES('999119464970abcaa2b7435cc491f0914ec6649ff3e40ec1c5208b27aa9af57f',61061,'2026-11-25 20:27:55.712521','stored');
INSERT INTO "artifacts" VALUES('a71795daa9a446dc3c5cb5650999a371b7311421d14561127b94b02476189920',29144,'2026-11-25 20:28:06.497575','stored');
INSERT INTO "artifacts" VALUES('40b95fed07aa690a9d62e580f70c06596a53ab02f6a3d71c17dda872f2d13f35',30830,'2026-11-25 20:28:06.523711','stored');
INSERT INTO "artifacts" VALUES('7d80960d02b4694873a4f114ecf9912d49f99d6fd71cd6fb59664cab10fad62e',26504,'2026-11-25 20:28:07.100318','stored');
INSERT INTO "artifacts" VALUES('308953ffc6232af831c9f596fe0a648b4f09d3144b7c1ae244a9034e8e15e7bb',28640,'2026-11-25 20:28:07.130513','stored');
INSERT INTO "artifacts" VALUES('90b4ea026b868b07cd5d0c227a4bc5694108c8d78fc6a46563871860d551358b',48192,'2026-11-25 20:28:07.693215','stored');
INSERT INTO "artifacts" VALUES('f1f905ea8b1ac198fb11dc171d09094f2d19d197fe11d9a0ee7e0992dccd3843',49495,'2026-11-25 20:28:07.714719','stored');
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
INSERT INTO "audit" VALUES('aud_01a214647005793fa9a94ee5358b7742','2026-11-25 20:27:36.325578','vision','admin','tok_01a214646f35747a8bdeedf5caed2e49','team.create','vision','{}','req_e9df9eda97e9fc7411ba84de');
INSERT INTO "audit" VALUES('aud_01a21464705175e7abb38c245374b00b','2026-11-25 20:27:36.401369','default','admin','tok_01a214646f35747a8bdeedf5caed2e49','token.create','tok_01a21464705175e7809ee558bc06862d','{"name": "Ada", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_0e1cd229e1b1ab987b4b03cd');
INSERT INTO "audit" VALUES('aud_01a21464708c77e3a28d3d435e700a1b','2026-11-25 20:27:36.460493','default','admin','tok_01a214646f35747a8bdeedf5caed2e49','token.create','tok_01a21464708c77e38e4aa7193c732930','{"name": "Bob", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_fb3a7f9d2d25a2ec3e65b52a');
INSERT INTO "audit" VALUES('aud_01a2146470bb7760add1eeb0e22eb84e','2026-11-25 20:27:36.507461','default','admin','tok_01a214646f35747a8bdeedf5caed2e49','token.revoke','tok_01a21464708c77e38e4aa7193c732930','{"name": "Bob", "role": "editor"}','req_7af85c315e97665d08265bf8');
INSERT INTO "audit" VALUES('aud_01a2146470ee7ecca89f02ada5d23107','2026-11-25 20:27:36.558925','default','admin','tok_01a214646f35747a8bdeedf5caed2e49','job.post','job_01a2146470ee7eccb92a9b5f2815a7f6','{"name": "a job", "priority": 2, "trials": 3}','req_7cbdfee6be3d19ab8a5f7186');
INSERT INTO "audit" VALUES('aud_01a21464bcaa7f6899c83204a634e8eb','2026-11-25 20:27:55.946963','default','admin','tok_01a214646f35747a8bdeedf5caed2e49','job.post','job_01a21464bcaa7f68ae176d193facdbbe','{"name": "a job", "priority": 0, "trials": 5}','req_4d29c2879d69264faa771184');
INSERT INTO "audit" VALUES('aud_01a21464bd2b77cea6f5832a5884161d','2026-11-25 20:27:56.075488','default','admin','tok_01a214646f35747a8bdeedf5caed2e49','job.cancel','job_01a21464bcaa7f68ae176d193facdbbe','{"name": "a job"}','req_e116ab980f9c4940cb81eacf');
INSERT INTO "audit" VALUES('aud_01a21464bd9d7ee5afacbfcc05bd38fa','2026-11-25 20:27:56.189931','default','admin','tok_01a214646f35747a8bdeedf5caed2e49','job.post','job_01a21464bd9d7ee5ac80682caaca6d53','{"name": "a job", "priority": 0, "trials": 60}','req_11624dfdcd3e0e1a63244cbd');
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
INSERT INTO "dispatchers" VALUES('80b9d9fe-b7a8-4420-b740-954db597aace','local:cc4dd94e-ec62-4384-93a1-0a0162a62b80','[{"cpus": 2.0, "gpus": 0.0, "executorch": false}]','[{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}]','2026-11-25 20:28:06.994943');
CREATE TABLE events (
	job_id VARCHAR(40) NOT NULL, 
	sequence INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	body JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (job_id, sequence), 
	CONSTRAINT fk_events_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:27:36.558925');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:44.105606');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:47.807780');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:47.880275');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:51.031900');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5277777777777778, "loss": 1.7012917200724285, "seconds": 0.12476151999726426, "checkpoint": null}','2026-11-25 20:27:54.601181');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8263888888888888, "loss": 0.8480900658501519, "seconds": 0.13848340199911036, "checkpoint": null}','2026-11-25 20:27:54.767734');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',8,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024847002350725234, "accuracy": 0.8263888888888888}}','2026-11-25 20:27:54.767734');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',9,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:54.767734');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',10,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 35083.21359154589, "front_size": 1}','2026-11-25 20:27:54.767734');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',11,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:54.811195');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',12,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.24305555555555555, "loss": 2.2593852149115667, "seconds": 0.10836800499964738, "checkpoint": null}','2026-11-25 20:27:55.059034');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.3888888888888889, "loss": 2.181194305419922, "seconds": 0.10917051599972183, "checkpoint": null}','2026-11-25 20:27:55.186003');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',14,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022742999135516584, "accuracy": 0.3888888888888889}}','2026-11-25 20:27:55.186003');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',15,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:55.186003');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',16,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 35295.801698548064, "front_size": 2}','2026-11-25 20:27:55.186003');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',17,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:27:55.240669');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',18,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.3125, "loss": 1.7828057607014973, "seconds": 0.13381063099950552, "checkpoint": null}','2026-11-25 20:27:55.522376');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',19,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.7569444444444444, "loss": 0.9247404734293619, "seconds": 0.15394766699319007, "checkpoint": null}','2026-11-25 20:27:55.725286');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',20,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.028731999918818474, "accuracy": 0.7569444444444444}}','2026-11-25 20:27:55.725286');
INSERT INTO "events" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',21,'job.state','{"state": "succeeded", "reason": "budget_spent", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:55.740634');
INSERT INTO "events" VALUES('job_01a21464bcaa7f68ae176d193facdbbe',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:27:55.946963');
INSERT INTO "events" VALUES('job_01a21464bcaa7f68ae176d193facdbbe',2,'job.state','{"state": "cancelled", "reason": "cancelled", "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:27:56.075488');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:27:56.189931');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:56.557367');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:27:59.369971');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:59.441277');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',5,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:27:59.464797');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',6,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:28:02.734030');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5902777777777778, "loss": 1.227053748236762, "seconds": 0.146583063993603, "checkpoint": null}','2026-11-25 20:28:06.293727');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',8,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8888888888888888, "loss": 0.3891037040286594, "seconds": 0.1075682090013288, "checkpoint": null}','2026-11-25 20:28:06.393320');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',9,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 3, "accuracy": 0.9652777777777778, "loss": 0.23919381035698783, "seconds": 0.10816407299716957, "checkpoint": null}','2026-11-25 20:28:06.533128');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',10,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.02490699989721179, "accuracy": 0.9652777777777778}}','2026-11-25 20:28:06.533128');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',11,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:28:06.533128');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',12,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 40579.80066828166, "front_size": 1}','2026-11-25 20:28:06.533128');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',13,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:28:06.566242');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',14,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.4375, "loss": 2.1041261884901257, "seconds": 0.11141549600142753, "checkpoint": null}','2026-11-25 20:28:06.829066');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',15,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.5694444444444444, "loss": 1.5114669799804688, "seconds": 0.12646267299714964, "checkpoint": null}','2026-11-25 20:28:06.975968');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',16,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 3, "accuracy": 0.625, "loss": 1.31561099158393, "seconds": 0.15099664899753407, "checkpoint": null}','2026-11-25 20:28:07.151969');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',17,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.02180199953727424, "accuracy": 0.625}}','2026-11-25 20:28:07.151969');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',18,'trial.state','{"number": 3, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:28:07.151969');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',19,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 41436.371893890406, "front_size": 2}','2026-11-25 20:28:07.151969');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',20,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:28:07.189243');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',21,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.24305555555555555, "loss": 2.5261141459147134, "seconds": 0.12532024800020736, "checkpoint": null}','2026-11-25 20:28:07.438441');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',22,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.3958333333333333, "loss": 2.702389399210612, "seconds": 0.12451881000015419, "checkpoint": null}','2026-11-25 20:28:07.562213');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',23,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 3, "accuracy": 0.7986111111111112, "loss": 0.5323371357387967, "seconds": 0.142613165997318, "checkpoint": null}','2026-11-25 20:28:07.722671');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',24,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.032497999200131744, "accuracy": 0.7986111111111112}}','2026-11-25 20:28:07.722671');
INSERT INTO "events" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',25,'job.state','{"state": "queued", "reason": "interrupted", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:28:07.730839');
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
INSERT INTO "exports" VALUES('mdl_01a21464b80f7bbe8f27d784c322aa3a','onnx','2c18c67bcdcbefe27b2c9b2bc3e6fd6c8a39f7b610a75cf43e32f14536b05d18',30448,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21464b9b2700ca92dadbd67e20920','onnx','79b887a1680c401cea056abb0ae65ed637e33f2448fd4c7ecb528d5f14edc547',28582,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21464bbcd7493a1e3f94cf588926d','onnx','999119464970abcaa2b7435cc491f0914ec6649ff3e40ec1c5208b27aa9af57f',61061,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21464e605720c988054200a2f65b8','onnx','40b95fed07aa690a9d62e580f70c06596a53ab02f6a3d71c17dda872f2d13f35',30830,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21464e86f7f81acaddc174031bb8d','onnx','308953ffc6232af831c9f596fe0a648b4f09d3144b7c1ae244a9034e8e15e7bb',28640,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21464eaaa7abc8632b4f3b2eac694','onnx','f1f905ea8b1ac198fb11dc171d09094f2d19d197fe11d9a0ee7e0992dccd3843',49495,NULL,NULL);
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
INSERT INTO "front_revisions" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',1,'2026-11-25 20:27:54.767734',1,3.50832135915458929965e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',2,'2026-11-25 20:27:55.186003',2,3.52958016985480644515e+04,2);
INSERT INTO "front_revisions" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',1,'2026-11-25 20:28:06.533128',1,4.05798006682816630921e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',2,'2026-11-25 20:28:07.151969',2,4.14363718938904057728e+04,2);
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
INSERT INTO "job_tags" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6','project','upgrades');
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
	hypervolume FLOAT NOT NULL, points_waiting INTEGER DEFAULT 0 NOT NULL, slots INTEGER DEFAULT 0 NOT NULL, boost INTEGER DEFAULT 0 NOT NULL, waiting_since DATETIME, stored_bytes BIGINT DEFAULT 0 NOT NULL, dataset_key VARCHAR(100) DEFAULT '' NOT NULL, cpus FLOAT DEFAULT 1 NOT NULL, gpus FLOAT DEFAULT 0 NOT NULL, concurrency INTEGER DEFAULT 1 NOT NULL, extras_total INTEGER DEFAULT 0 NOT NULL, extras_finished INTEGER DEFAULT 0 NOT NULL, extras_left INTEGER DEFAULT 0 NOT NULL, observations INTEGER DEFAULT 0 NOT NULL, observations_dropped INTEGER DEFAULT 0 NOT NULL, trials_rejected INTEGER DEFAULT 0 NOT NULL, device VARCHAR(64), traceparent VARCHAR(55), weights VARCHAR(64), 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_jobs_desired CHECK (desired IN ('run', 'pause', 'cancel')), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'starting', 'running', 'paused', 'succeeded', 'failed', 'cancelled')), 
	CONSTRAINT fk_jobs_team FOREIGN KEY(team) REFERENCES teams (name)
);
INSERT INTO "jobs" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "image_size": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 1, "duplicates": "resample"}, "budget": {"trials": 3, "training_epochs": 2, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1, "precision": "fp32"}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "compress": null, "priority": 2, "tags": {"project": "upgrades"}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{"project": "upgrades"}',2,3,NULL,'succeeded','budget_spent',NULL,'run',NULL,'2026-11-25 20:27:36.558925','2026-11-25 20:27:47.807780','2026-11-25 20:27:55.740634',1,'80b9d9fe-b7a8-4420-b740-954db597aace','local:cc4dd94e-ec62-4384-93a1-0a0162a62b80','tclsearch-job_01a2146470ee7eccb92a9b5f2815a7f6-e1','vm/14569','36ec0a2571a9e6407575efba94c26687c8649ec5cf95f7eda6385bf6df93c4a0',NULL,NULL,7.932854,0,3,3,0,0,21,2,2,3.52958016985480644515e+04,0,0,0,NULL,235579,'digits',1.0,0.0,1,0,0,0,0,0,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('job_01a21464bcaa7f68ae176d193facdbbe','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "image_size": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 0, "duplicates": "resample"}, "budget": {"trials": 5, "training_epochs": 6, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1, "precision": "fp32"}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "compress": null, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,5,NULL,'cancelled','cancelled',NULL,'run',NULL,'2026-11-25 20:27:55.946963',NULL,'2026-11-25 20:27:56.075488',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,0,0,0,0,0,2,0,0,0.0,0,0,0,NULL,0,'digits',1.0,0.0,1,0,0,0,0,0,0,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "image_size": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "random", "seed": 0, "duplicates": "resample"}, "budget": {"trials": 60, "training_epochs": 3, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1, "precision": "fp32"}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "compress": null, "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,60,NULL,'queued','interrupted',NULL,'run',NULL,'2026-11-25 20:27:56.189931','2026-11-25 20:27:59.369971',NULL,1,'80b9d9fe-b7a8-4420-b740-954db597aace','local:cc4dd94e-ec62-4384-93a1-0a0162a62b80','tclsearch-job_01a21464bd9d7ee5ac80682caaca6d53-e1','vm/14736','08de4af92b73765d1c8e7b32c3b10b396cc3fa2d4a73ad4e5fcb83275cb8ff67',NULL,NULL,8.360868,0,4,3,0,0,25,2,2,4.14363718938904057728e+04,0,0,0,'2026-11-25 20:28:07.730839',212805,'digits',1.0,0.0,1,0,0,0,0,0,0,NULL,NULL,NULL);
CREATE TABLE latencies (
	architecture_digest VARCHAR(64) NOT NULL, 
	profile VARCHAR(200) NOT NULL, 
	latency JSON NOT NULL, 
	measured_at DATETIME NOT NULL, 
	CONSTRAINT pk_latencies PRIMARY KEY (architecture_digest, profile)
);
INSERT INTO "latencies" VALUES('a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','local-cpu/onnxruntime/batch1/threads1','{"min": 0.024847002350725234, "median": 0.02555799437686801, "p90": 0.026818997866939753, "runs": 1481, "reference": 0.19896499725291505}','2026-11-25 20:27:53.207118');
INSERT INTO "latencies" VALUES('4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','local-cpu/onnxruntime/batch1/threads1','{"min": 0.022742999135516584, "median": 0.023345004592556506, "p90": 0.02472799678798765, "runs": 1649, "reference": 0.19941599748563021}','2026-11-25 20:27:54.943685');
INSERT INTO "latencies" VALUES('0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','local-cpu/onnxruntime/batch1/threads1','{"min": 0.028731999918818474, "median": 0.02943399886135012, "p90": 0.03318900417070836, "runs": 1301, "reference": 0.19951599824707955}','2026-11-25 20:27:55.393344');
INSERT INTO "latencies" VALUES('3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02490699989721179, "median": 0.02561799919931218, "p90": 0.02656739816302434, "runs": 1557, "reference": 0.19893499847967178}','2026-11-25 20:28:04.925946');
INSERT INTO "latencies" VALUES('7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','local-cpu/onnxruntime/batch1/threads1','{"min": 0.02180199953727424, "median": 0.02234300336567685, "p90": 0.02313950244570151, "runs": 1596, "reference": 0.19945500389439985}','2026-11-25 20:28:06.700764');
INSERT INTO "latencies" VALUES('9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82','local-cpu/onnxruntime/batch1/threads1','{"min": 0.032497999200131744, "median": 0.033199001336470246, "p90": 0.03487559879431501, "runs": 1357, "reference": 0.19951599824707955}','2026-11-25 20:28:07.299446');
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
INSERT INTO "models" VALUES('mdl_01a21464b80f7bbe8f27d784c322aa3a','job_01a2146470ee7eccb92a9b5f2815a7f6',0,0,'tcl','[24, 4, 1]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024847002350725234, "accuracy": 0.8263888888888888}','{"min": 0.024847002350725234, "median": 0.02555799437686801, "p90": 0.026818997866939753, "runs": 1481, "reference": 0.19896499725291505}','a5e11a9b3f2c5d6a1fe0aa9aadb06803a67c6f88e352543be755b4d818f79814',28520,1,1,NULL,'2026-11-25 20:27:54.767734');
INSERT INTO "models" VALUES('mdl_01a21464b9b2700ca92dadbd67e20920','job_01a2146470ee7eccb92a9b5f2815a7f6',1,0,'tcl','[4, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022742999135516584, "accuracy": 0.3888888888888889}','{"min": 0.022742999135516584, "median": 0.023345004592556506, "p90": 0.02472799678798765, "runs": 1649, "reference": 0.19941599748563021}','b3a8fc3b970a9137075ff11a41753b6e55a87b28d63508008dd5dc61fbd2a015',26944,1,2,NULL,'2026-11-25 20:27:55.186003');
INSERT INTO "models" VALUES('mdl_01a21464bbcd7493a1e3f94cf588926d','job_01a2146470ee7eccb92a9b5f2815a7f6',2,0,'tcl','[16, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.028731999918818474, "accuracy": 0.7569444444444444}','{"min": 0.028731999918818474, "median": 0.02943399886135012, "p90": 0.03318900417070836, "runs": 1301, "reference": 0.19951599824707955}','c2fe64e609e9e7e86543dc3b6ce70a3f4d821b4467a11d49f00d67026327be65',60024,1,NULL,NULL,'2026-11-25 20:27:55.725286');
INSERT INTO "models" VALUES('mdl_01a21464e605720c988054200a2f65b8','job_01a21464bd9d7ee5ac80682caaca6d53',0,0,'tcl','[24, 4, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.02490699989721179, "accuracy": 0.9652777777777778}','{"min": 0.02490699989721179, "median": 0.02561799919931218, "p90": 0.02656739816302434, "runs": 1557, "reference": 0.19893499847967178}','a71795daa9a446dc3c5cb5650999a371b7311421d14561127b94b02476189920',29144,1,1,NULL,'2026-11-25 20:28:06.533128');
INSERT INTO "models" VALUES('mdl_01a21464e86f7f81acaddc174031bb8d','job_01a21464bd9d7ee5ac80682caaca6d53',1,0,'gap',NULL,'{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.02180199953727424, "accuracy": 0.625}','{"min": 0.02180199953727424, "median": 0.02234300336567685, "p90": 0.02313950244570151, "runs": 1596, "reference": 0.19945500389439985}','7d80960d02b4694873a4f114ecf9912d49f99d6fd71cd6fb59664cab10fad62e',26504,1,2,NULL,'2026-11-25 20:28:07.151969');
INSERT INTO "models" VALUES('mdl_01a21464eaaa7abc8632b4f3b2eac694','job_01a21464bd9d7ee5ac80682caaca6d53',2,0,'tcl','[4, 1, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82','{"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.032497999200131744, "accuracy": 0.7986111111111112}','{"min": 0.032497999200131744, "median": 0.033199001336470246, "p90": 0.03487559879431501, "runs": 1357, "reference": 0.19951599824707955}','90b4ea026b868b07cd5d0c227a4bc5694108c8d78fc6a46563871860d551358b',48192,1,NULL,NULL,'2026-11-25 20:28:07.722671');
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
INSERT INTO "sqlite_stat1" VALUES('latencies','sqlite_autoindex_latencies_1','4 1 1');
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
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_weights','3 3');
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
INSERT INTO "teams" VALUES('default','{}','2026-11-25 20:27:36.117280',NULL);
INSERT INTO "teams" VALUES('vision','{}','2026-11-25 20:27:36.325578',NULL);
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
INSERT INTO "tokens" VALUES('tok_01a214646f35747a8bdeedf5caed2e49','admin','default','admin','6e7e26597f3d33478736ce533cb99541fd2558c033919ce83facffd59b47d591','2026-11-25 20:27:36.117280',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a214646f35747aa6a20939b5afeefc','dispatcher','default','dispatcher','71f82c10d5d1d596c8dee3f196b257ad68de06f02c14608e2d430e2051576c5c','2026-11-25 20:27:36.117280',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21464705175e7809ee558bc06862d','Ada','default','editor','9a12b54b864c717a8cdd5452f833bcc6ea7a393ecbdc29f1d34ee201541a5f8b','2026-11-25 20:27:36.401369',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a21464708c77e38e4aa7193c732930','Bob','default','editor','a83177e5e315aab6f3f1474c9e2c04f4cb3bbd9a6343b333266791b8841858da','2026-11-25 20:27:36.460493',NULL,'2026-11-25 20:27:36.507461',NULL,NULL);
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
INSERT INTO "trial_reports" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',0,1,1,5.27777777777777790113e-01,1.70129172007242845943e+00,1.24761519997264258563e-01,NULL,'2026-11-25 20:27:54.601181');
INSERT INTO "trial_reports" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',0,2,1,8.26388888888888839545e-01,8.48090065850151897386e-01,1.38483401999110355973e-01,NULL,'2026-11-25 20:27:54.767734');
INSERT INTO "trial_reports" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',1,1,1,2.43055555555555552471e-01,2.25938521491156674159e+00,1.08368004999647382646e-01,NULL,'2026-11-25 20:27:55.059034');
INSERT INTO "trial_reports" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',1,2,1,3.88888888888888895056e-01,2.181194305419921875e+00,1.09170515999721828848e-01,NULL,'2026-11-25 20:27:55.186003');
INSERT INTO "trial_reports" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',2,1,1,0.3125,1.78280576070149732181e+00,1.33810630999505519866e-01,NULL,'2026-11-25 20:27:55.522376');
INSERT INTO "trial_reports" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',2,2,1,7.56944444444444419772e-01,9.24740473429361942159e-01,1.53947666993190068751e-01,NULL,'2026-11-25 20:27:55.725286');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',0,1,1,5.90277777777777790113e-01,1.22705374823676205409e+00,0.146583063993603,NULL,'2026-11-25 20:28:06.293727');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',0,2,1,8.88888888888888839545e-01,3.89103704028659402869e-01,1.07568209001328796148e-01,NULL,'2026-11-25 20:28:06.393320');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',0,3,1,9.65277777777777790113e-01,2.39193810356987834886e-01,1.08164072997169569134e-01,NULL,'2026-11-25 20:28:06.533128');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',1,1,1,0.4375,2.10412618849012567068e+00,1.11415496001427527517e-01,NULL,'2026-11-25 20:28:06.829066');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',1,2,1,5.69444444444444419772e-01,1.51146697998046875e+00,1.26462672997149638831e-01,NULL,'2026-11-25 20:28:06.975968');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',1,3,1,0.625,1.31561099158393,1.50996648997534066438e-01,NULL,'2026-11-25 20:28:07.151969');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',2,1,1,2.43055555555555552471e-01,2.52611414591471339363e+00,1.25320248000207357108e-01,NULL,'2026-11-25 20:28:07.438441');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',2,2,1,3.95833333333333314829e-01,2.70238939921061183113e+00,1.24518810000154189765e-01,NULL,'2026-11-25 20:28:07.562213');
INSERT INTO "trial_reports" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',2,3,1,7.98611111111111160454e-01,5.32337135738796707329e-01,0.142613165997318,NULL,'2026-11-25 20:28:07.722671');
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
INSERT INTO "trials" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 1, "training.learning_rate": 0.01053524041590806}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4',1000003,'{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024847002350725234, "accuracy": 0.8263888888888888}','{"min": 0.024847002350725234, "median": 0.02555799437686801, "p90": 0.026818997866939753, "runs": 1481, "reference": 0.19896499725291505}',1,1,'2026-11-25 20:27:47.880275','2026-11-25 20:27:51.031900','2026-11-25 20:27:54.767734','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.002714586589327645}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b',1000004,'{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022742999135516584, "accuracy": 0.3888888888888889}','{"min": 0.022742999135516584, "median": 0.023345004592556506, "p90": 0.02472799678798765, "runs": 1649, "reference": 0.19941599748563021}',1,1,'2026-11-25 20:27:54.767734','2026-11-25 20:27:54.811195','2026-11-25 20:27:55.186003','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a2146470ee7eccb92a9b5f2815a7f6',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "residual", "stage3.depth": 1, "stage3.width": 24, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 16, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.007352125594573643}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266',1000005,'{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.028731999918818474, "accuracy": 0.7569444444444444}','{"min": 0.028731999918818474, "median": 0.02943399886135012, "p90": 0.03318900417070836, "runs": 1301, "reference": 0.19951599824707955}',1,1,'2026-11-25 20:27:55.186003','2026-11-25 20:27:55.240669','2026-11-25 20:27:55.725286','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 16, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 2, "training.learning_rate": 0.014221199739697217}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be',0,'{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.02490699989721179, "accuracy": 0.9652777777777778}','{"min": 0.02490699989721179, "median": 0.02561799919931218, "p90": 0.02656739816302434, "runs": 1557, "reference": 0.19893499847967178}',1,1,'2026-11-25 20:27:59.441277','2026-11-25 20:28:02.734030','2026-11-25 20:28:06.533128','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 32, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "gap", "training.learning_rate": 0.009658179826892165}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824',1,'{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.02180199953727424, "accuracy": 0.625}','{"min": 0.02180199953727424, "median": 0.02234300336567685, "p90": 0.02313950244570151, "runs": 1596, "reference": 0.19945500389439985}',1,1,'2026-11-25 20:27:59.464797','2026-11-25 20:28:06.566242','2026-11-25 20:28:07.151969','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": true, "stage2.block": "residual", "stage2.depth": 1, "stage2.width": 24, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 1, "head.ranks.width": 2, "training.learning_rate": 0.016319488770709708}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82',2,'{"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.032497999200131744, "accuracy": 0.7986111111111112}','{"min": 0.032497999200131744, "median": 0.033199001336470246, "p90": 0.03487559879431501, "runs": 1357, "reference": 0.19951599824707955}',1,1,'2026-11-25 20:28:06.533128','2026-11-25 20:28:07.189243','2026-11-25 20:28:07.722671','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21464bd9d7ee5ac80682caaca6d53',3,'reserved',NULL,NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.0029550509331092295}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','2d0dcee5403a775875d4f72f9502ab7176bd55da2749ae0418d9d88d3aaba0ec',3,'{}',NULL,NULL,0,'2026-11-25 20:28:07.151969',NULL,NULL,'search',NULL,NULL);
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
CREATE TABLE weights (
	team VARCHAR(100) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_weights PRIMARY KEY (team, sha256), 
	CONSTRAINT fk_weights_team FOREIGN KEY(team) REFERENCES teams (name), 
	CONSTRAINT fk_weights_sha256 FOREIGN KEY(sha256) REFERENCES artifacts (sha256) ON DELETE CASCADE
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
CREATE INDEX ix_jobs_weights ON jobs (weights);
CREATE INDEX ix_weights_sha256 ON weights (sha256);
COMMIT;
